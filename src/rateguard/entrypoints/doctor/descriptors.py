"""
Has the daemon room for all of Postfix's connections?
"""

from __future__ import annotations

import re
import socket
import struct

from collections.abc import Iterator
from pathlib import Path

from rateguard.entrypoints.doctor.findings import Finding, warning
from rateguard.entrypoints.doctor.patient import Patient
from rateguard.entrypoints.machine.programs import CannotLook
from rateguard.entrypoints.machine.systemd import SERVICE
from rateguard.entrypoints.settings.addresses import UnixAddress


_OPEN_FILES = re.compile(r"Max open files\s+(\d+)")
_SPARE = 64
_SECONDS = 1.0


def room(patient: Patient) -> Iterator[Finding]:
    """
    Every smtpd process can have its connection.
    """
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
    """
    Return the process that listens there.
    """
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
