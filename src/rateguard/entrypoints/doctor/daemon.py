"""
Does the daemon answer, and will it tomorrow?
"""

from __future__ import annotations

import time

from collections.abc import Iterator, Sequence

from rateguard.adapters.postfix.codec import BadRequest
from rateguard.entrypoints.ask import NoAnswer
from rateguard.entrypoints.doctor.findings import AS_ROOT, Finding, fault, warning
from rateguard.entrypoints.doctor.patient import Patient
from rateguard.entrypoints.machine.programs import CannotLook
from rateguard.entrypoints.machine.systemd import SERVICE, SOCKET_UNIT
from rateguard.entrypoints.settings.addresses import Address, TcpAddress


SLOW_SECONDS = 1.0
_HARMLESS: dict[str, str] = {
    "request": "smtpd_access_policy",
    # A stage that is not counted, and nobody who could be.
    "protocol_state": "RCPT",
    "protocol_name": "ESMTP",
    "client_address": "127.0.0.1",
    "client_name": "rateguard-doctor",
}


def answer(patient: Patient) -> Iterator[Finding]:
    """
    The daemon answers a request that charges nobody, on every address.
    """
    for address in _real(patient.addresses):
        began = time.monotonic()
        try:
            action = patient.ask(address, _HARMLESS)
        except NoAnswer as error:
            if isinstance(error.__cause__, PermissionError):
                raise CannotLook(f"{address}: not allowed; {AS_ROOT}") from error
            yield _silence(patient, address, error)
            continue
        except BadRequest:
            action = "no answer of a policy service"
        seconds = time.monotonic() - began
        if action != "DUNNO":
            yield fault(
                f"somebody else answers at {address}: {action}",
                patient.set("SOCKET to an address that is free"),
            )
        elif seconds > SLOW_SECONDS:
            yield warning(
                f"{address} took {seconds:.1f} s for an answer",
                "see what the machine is busy with: top, iotop",
            )


def _silence(patient: Patient, address: Address, error: NoAnswer) -> Finding:
    cause = error.__cause__
    if isinstance(cause, TimeoutError):
        return fault(
            f"{address} takes connections and does not answer",
            "systemctl restart rateguard; its log says what it waits for",
        )
    reason = getattr(cause, "strerror", None) or str(cause or error)
    return fault(f"nobody answers at {address}: {reason}", _start(patient))


def _start(patient: Patient) -> str:
    if patient.systemd.has(SERVICE):
        return (
            "systemctl enable --now rateguard; if it does not stay:"
            " journalctl -u rateguard"
        )
    return f"start it: {patient.command('serve')}"


def unused_setting(patient: Patient) -> Iterator[Finding]:
    """
    SOCKET says where the daemon listens, or nothing.
    """
    held = patient.held_sockets
    given = patient.loaded.environment.get("SOCKET")
    if held and given and set(held) != set(patient.settings.socket):
        places = " ".join(map(str, held))
        yield warning(
            f"SOCKET={given} is not used: {SOCKET_UNIT} listens at {places}",
            f"systemctl edit {SOCKET_UNIT}, or delete SOCKET in {patient.env_file}",
        )


def boot(patient: Patient) -> Iterator[Finding]:
    """
    Systemd starts the daemon, or its socket, with the machine.
    """
    units = (SERVICE, SOCKET_UNIT)
    systemd = patient.systemd
    if systemd.has(SERVICE) and not any(map(systemd.starts_at_boot, units)):
        yield warning(
            "RateGuard does not start with the machine", "systemctl enable rateguard"
        )


def _real(addresses: Sequence[Address]) -> Iterator[Address]:
    """
    Yield those that can be connected to: port 0 is any free one.
    """
    for address in addresses:
        if not isinstance(address, TcpAddress) or address.port:
            yield address
