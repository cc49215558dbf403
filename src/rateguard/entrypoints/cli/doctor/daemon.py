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
from rateguard.entrypoints.cli.doctor.machine import NOBODY, WRITE, Account, Machine
from rateguard.entrypoints.cli.listening import SERVICE, SOCKET_UNIT
from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress


SLOW_SECONDS = 1.0

SPARE_FILES = 64
"""What the daemon opens beside its connections."""

_OPEN_FILES = re.compile(r"Max open files\s+(\d+)")


def answer(machine: Machine) -> Iterator[Finding]:
    """The daemon answers a request that charges nobody, on every address."""
    for address in _real(machine.addresses):
        began = time.monotonic()
        try:
            action = machine.tools.ask(address.place)
        except NoAnswer as error:
            yield _silence(machine, address, error)
            continue
        except BadRequest:
            action = "no answer of a policy service"
        seconds = time.monotonic() - began
        if action != "DUNNO":
            yield fault(
                f"another program answers at {address}: {action}",
                machine.set("SOCKET to an address that is free"),
            )
        elif seconds > SLOW_SECONDS:
            yield warning(
                f"{address} took {seconds:.1f} s to answer",
                "find out what keeps the machine busy: top, iotop",
            )


def _real(addresses: Sequence[Address]) -> Iterator[Address]:
    """Yield those that can be connected to: port 0 is any free one."""
    for address in addresses:
        if not isinstance(address, TcpAddress) or address.port:
            yield address


def _silence(machine: Machine, address: Address, error: NoAnswer) -> Finding:
    cause = error.__cause__
    if isinstance(cause, PermissionError):
        raise CannotLook(f"{address}: not allowed; {AS_ROOT}") from error
    if isinstance(cause, TimeoutError):
        return fault(
            f"{address} accepts connections but does not answer",
            "systemctl restart rateguard; its log says what it waits for",
        )
    reason = getattr(cause, "strerror", None) or str(cause or error)
    start = machine.command("serve")
    if machine.systemd.has(SERVICE):
        start = "systemctl enable --now rateguard; if it ends: journalctl -u rateguard"
    return fault(f"nothing answers at {address}: {reason}", start)


def unused_setting(machine: Machine) -> Iterator[Finding]:
    """SOCKET says where the daemon listens, or nothing."""
    held = machine.held_sockets
    given = machine.loaded.environment.get("SOCKET")
    if held and given and set(held) != set(machine.settings.socket):
        places = " ".join(map(str, held))
        yield warning(
            f"SOCKET={given} is not used: {SOCKET_UNIT} listens at {places}",
            f"systemctl edit {SOCKET_UNIT}, or delete SOCKET in {machine.env_file}",
        )


def boot(machine: Machine) -> Iterator[Finding]:
    """Systemd starts the daemon, or its socket, with the machine."""
    units = (SERVICE, SOCKET_UNIT)
    systemd = machine.systemd
    if systemd.has(SERVICE) and not any(map(systemd.starts_at_boot, units)):
        yield warning("RateGuard does not start at boot", "systemctl enable rateguard")


def rights(machine: Machine) -> Iterator[Finding]:
    """Postfix may use the UNIX socket; not everybody may."""
    for address in machine.addresses:
        if isinstance(address, UnixAddress) and address.path.exists():
            yield from _socket_rights(machine, address.path)


def _socket_rights(machine: Machine, path: Path) -> Iterator[Finding]:
    postfix = _postfix_user(machine)
    obstacle = postfix.kept_out_at(path, WRITE)
    give = machine.set("SOCKET_MODE=0660", f"SOCKET_GROUP={postfix.name}")
    if machine.held_sockets:
        wanted = f"SocketMode=0660 and SocketGroup={postfix.name}"
        give = f"systemctl edit {SOCKET_UNIT}, and below [Socket]: {wanted}"
    if obstacle == path:
        yield fault(
            f"Postfix (user {postfix.name}) may not use {path}: {_rights_of(path)}",
            give,
        )
    elif obstacle is not None:
        yield fault(
            f"Postfix (user {postfix.name}) cannot reach {path}: it cannot enter"
            f" {obstacle}: {_rights_of(obstacle)}",
            f"chgrp {postfix.name} {obstacle} && chmod g+x {obstacle}",
        )
    elif NOBODY.kept_out_at(path, WRITE) is None:
        yield warning(
            f"every user of this machine may use {path}, and so get senders blocked",
            give,
        )


def _postfix_user(machine: Machine) -> Account:
    try:
        return Account.named(machine.mail_server().value("mail_owner"))
    except CannotLook:
        return Account.named("postfix")


def _rights_of(path: Path) -> str:
    """Return mode, owner and group, as ``0660 rateguard:postfix``."""
    status = path.stat()
    try:
        names = f"{path.owner()}:{path.group()}"
    except KeyError:
        names = f"{status.st_uid}:{status.st_gid}"
    return f"{stat.S_IMODE(status.st_mode):04o} {names}"


def descriptors(machine: Machine) -> Iterator[Finding]:
    """Every smtpd process can have its connection."""
    processes = [each.processes for each in machine.mail_server().services]
    most = _open_files(_daemons_pid(machine))
    connections = sum(processes)
    needed = connections + SPARE_FILES
    # 0 processes are without a limit, which no number of files is enough for.
    if 0 not in processes and needed > most:
        yield warning(
            f"Postfix may open {connections} connections, but RateGuard only {most}"
            " files",
            f"systemctl edit {SERVICE}, and there: [Service] LimitNOFILE={2 * needed}",
        )


def _daemons_pid(machine: Machine) -> int:
    pid = machine.systemd.show(SERVICE, "MainPID")
    if pid.isdigit() and int(pid):
        return int(pid)
    if machine.held_sockets:
        raise CannotLook(f"{SERVICE} does not run")
    for address in machine.addresses:
        if isinstance(address, UnixAddress):
            return _listener_at(address.path)
    raise CannotLook("without systemd, the daemon's process is unknown")


def _listener_at(path: Path) -> int:
    """Return the process that listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(SLOW_SECONDS)
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
