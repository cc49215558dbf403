"""Does the daemon answer, and will it tomorrow?"""

from __future__ import annotations

import re
import socket
import stat
import struct
import time

from collections.abc import Iterator, Sequence
from pathlib import Path

from rateguard.domain.errors import BadRequest, CannotLook, NoAnswer
from rateguard.entrypoints.cli.doctor.findings import AS_ROOT, Finding, fault, warning
from rateguard.entrypoints.cli.doctor.machine import NOBODY, WRITE, Account, Patient
from rateguard.entrypoints.cli.listening import SERVICE, SOCKET_UNIT
from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress


SLOW_SECONDS = 1.0


def answer(patient: Patient) -> Iterator[Finding]:
    """The daemon answers a request that charges nobody, on every address."""
    for address in _real(patient.addresses):
        began = time.monotonic()
        try:
            action = patient.ask(address.place)
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
    """SOCKET says where the daemon listens, or nothing."""
    held = patient.held_sockets
    given = patient.loaded.environment.get("SOCKET")
    if held and given and set(held) != set(patient.settings.socket):
        places = " ".join(map(str, held))
        yield warning(
            f"SOCKET={given} is not used: {SOCKET_UNIT} listens at {places}",
            f"systemctl edit {SOCKET_UNIT}, or delete SOCKET in {patient.env_file}",
        )


def boot(patient: Patient) -> Iterator[Finding]:
    """Systemd starts the daemon, or its socket, with the machine."""
    units = (SERVICE, SOCKET_UNIT)
    systemd = patient.systemd
    if systemd.has(SERVICE) and not any(map(systemd.starts_at_boot, units)):
        yield warning(
            "RateGuard does not start with the machine", "systemctl enable rateguard"
        )


def _real(addresses: Sequence[Address]) -> Iterator[Address]:
    """Yield those that can be connected to: port 0 is any free one."""
    for address in addresses:
        if not isinstance(address, TcpAddress) or address.port:
            yield address


def rights(patient: Patient) -> Iterator[Finding]:
    """Postfix may use the UNIX socket; not everybody may."""
    for address in patient.addresses:
        if isinstance(address, UnixAddress) and address.path.exists():
            yield from socket_rights(patient, address.path, _postfix_user(patient))


def _postfix_user(patient: Patient) -> Account:
    try:
        return Account.named(patient.postfix.server().value("mail_owner"))
    except CannotLook:
        return Account.named("postfix")


def socket_rights(patient: Patient, path: Path, asker: Account) -> Iterator[Finding]:
    """Yield what keeps *asker* from a socket, or lets strangers to it."""
    obstacle = asker.kept_out_at(path, WRITE)
    if obstacle == path:
        yield fault(
            f"Postfix (user {asker.name}) may not use {path}: {rights_of(path)}",
            _give_to(patient, asker),
        )
    elif obstacle is not None:
        yield fault(
            f"Postfix (user {asker.name}) cannot get through {obstacle} to the"
            f" socket: {rights_of(obstacle)}",
            f"chgrp {asker.name} {obstacle} && chmod g+x {obstacle}",
        )
    elif NOBODY.kept_out_at(path, WRITE) is None:
        yield warning(
            f"every user of this machine may use {path}, and have senders blocked",
            _give_to(patient, asker),
        )


def _give_to(patient: Patient, asker: Account) -> str:
    if patient.held_sockets:
        wanted = f"SocketMode=0660 and SocketGroup={asker.name}"
        return f"systemctl edit {SOCKET_UNIT}, and there, below [Socket]: {wanted}"
    return patient.set("SOCKET_MODE=0660", f"SOCKET_GROUP={asker.name}")


def rights_of(path: Path) -> str:
    """Return mode, owner and group, as ``0660 rateguard:postfix``."""
    status = path.stat()
    try:
        names = f"{path.owner()}:{path.group()}"
    except KeyError:
        names = f"{status.st_uid}:{status.st_gid}"
    return f"{stat.S_IMODE(status.st_mode):04o} {names}"


_OPEN_FILES = re.compile(r"Max open files\s+(\d+)")
_SPARE = 64
_SECONDS = 1.0


def room(patient: Patient) -> Iterator[Finding]:
    """Every smtpd process can have its connection."""
    server = patient.postfix.server()
    processes = [each.processes for each in server.services]
    most = _open_files(_daemons_pid(patient))
    connections = sum(processes)
    need = connections + _SPARE
    if 0 in processes or need <= most:
        return
    yield warning(
        f"Postfix may open {connections} connections, RateGuard only {most} files",
        f"systemctl edit {SERVICE}, and there: [Service] LimitNOFILE={2 * need}",
    )


def _daemons_pid(patient: Patient) -> int:
    pid = patient.systemd.show(SERVICE, "MainPID")
    if pid.isdigit() and int(pid):
        return int(pid)
    if patient.held_sockets:
        raise CannotLook(f"{SERVICE} does not run")
    for address in patient.addresses:
        if isinstance(address, UnixAddress):
            return _listener_at(address.path)
    raise CannotLook("which process is the daemon is not known without systemd")


def _listener_at(path: Path) -> int:
    """Return the process that listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS)
        try:
            connection.connect(str(path))
        except OSError as error:
            raise CannotLook(f"{path}: {error.strerror}") from None
        size = struct.calcsize("3i")
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, _, _ = struct.unpack("3i", peer)
    return int(pid)


def _open_files(pid: int) -> int:
    try:
        limits = Path(f"/proc/{pid}/limits").read_text("ascii")
    except FileNotFoundError:
        raise CannotLook(f"there is no process {pid} in /proc") from None
    found = _OPEN_FILES.search(limits)
    if found is None:
        raise CannotLook(f"process {pid} has no limit of open files")
    return int(found[1])
