"""
The sockets that the daemon was started with.
"""

from __future__ import annotations

import contextlib
import os
import socket

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from rateguard.entrypoints.daemon.listener import Listener
from rateguard.entrypoints.daemon.socket_rights import CannotListen
from rateguard.entrypoints.settings.addresses import TcpAddress, UnixAddress
from rateguard.entrypoints.systemd.manager import KEPT_CONNECTION


FIRST_DESCRIPTOR = 3
"""Those before it are the standard streams: sd_listen_fds(3)."""


@attrs.frozen
class Inherited:
    """
    What systemd holds for us.

    Attributes:
        listeners: Their backlogs outlive this process.

        connections: Of mail servers, which the daemon before gave away.
    """

    listeners: Sequence[Listener] = ()
    connections: Sequence[socket.socket] = ()


def inherited(environment: Mapping[str, str], own_pid: int) -> Inherited:
    """
    Return what the variables LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES say.

    Raises:
        CannotListen: something is there on which nobody can connect.
    """
    if environment.get("LISTEN_PID") != str(own_pid):
        # Not meant for us, but for a process that did not clear it.
        return Inherited()
    text = environment.get("LISTEN_FDS") or "0"
    if not (text.isascii() and text.isdigit()):
        raise CannotListen(f"LISTEN_FDS: expected a number, got {text!r}")
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    names += [""] * (int(text) - len(names))
    listeners: list[Listener] = []
    connections: list[socket.socket] = []
    for descriptor, name in enumerate(names[: int(text)], FIRST_DESCRIPTOR):
        if name == KEPT_CONNECTION:
            connections.extend(_connection(descriptor))
        else:
            listeners.append(_listener(descriptor, name))
    return Inherited(listeners, connections)


def _connection(descriptor: int) -> Sequence[socket.socket]:
    """
    Return the connection, or nothing if it is none: nobody misses it.
    """
    try:
        connection = _taken(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.close(descriptor)
        return ()
    return (connection,)


def _listener(descriptor: int, name: str) -> Listener:
    which = f"LISTEN_FDS: descriptor {descriptor} ({name or 'unnamed'})"
    try:
        found = _taken(descriptor)
    except OSError as error:
        raise CannotListen(f"{which}: {error.strerror}") from error
    address = _address(found)
    listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if address is None or found.type != socket.SOCK_STREAM or not listens:
        found.detach()
        raise CannotListen(
            f"{which} is no listening stream socket:"
            " the socket unit needs ListenStream=, and Accept=no"
        )
    return Listener(address, found)


def _taken(descriptor: int) -> socket.socket:
    taken = socket.socket(fileno=descriptor)
    taken.set_inheritable(False)
    taken.settimeout(0)
    return taken


def _address(found: socket.socket) -> TcpAddress | UnixAddress | None:
    name = found.getsockname()
    if found.family == socket.AF_UNIX:
        # Bytes are the name of an abstract socket, which begins with a zero.
        shown = (
            name if isinstance(name, str) else f"@{name[1:].decode(errors='replace')}"
        )
        return UnixAddress(Path(shown))
    if found.family in {socket.AF_INET, socket.AF_INET6}:
        return TcpAddress(*name[:2])
    return None
