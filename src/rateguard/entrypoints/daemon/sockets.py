"""The sockets that the daemon listens on."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import socket
import stat

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress


BACKLOG = 1024
"""
Postfix connects without waiting: a full backlog costs the mail client a
second with TCP and counts as a failure with a UNIX socket.
"""

_PROBE_SECONDS = 2.0

ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""What is said of an address of a name that this machine does not have."""


class CannotListen(RateGuardError):
    """An address in SOCKET is not to be had."""


@attrs.frozen
class SocketRights:
    """Who may use a UNIX socket, and a folder that is created for it."""

    mode: int = 0o660
    owner: str | None = None
    group: str | None = None

    def check(self) -> None:
        """Raise :class:`CannotListen` if owner or group do not exist."""
        try:
            if self.owner is not None:
                pwd.getpwnam(self.owner)
        except KeyError:
            raise CannotListen(f"SOCKET_OWNER: no user {self.owner}") from None
        try:
            if self.group is not None:
                grp.getgrnam(self.group)
        except KeyError:
            raise CannotListen(f"SOCKET_GROUP: no group {self.group}") from None

    def give(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if self.owner is not None or self.group is not None:
            uid = -1 if self.owner is None else pwd.getpwnam(self.owner).pw_uid
            gid = -1 if self.group is None else grp.getgrnam(self.group).gr_gid
            os.chown(path, uid, gid)


@attrs.frozen
class Listener:
    """
    A listening socket; who connects waits until it is served.

    Attributes:
        file: Device and inode of a UNIX socket.
    """

    address: Address
    socket: socket.socket
    file: tuple[int, int] | None = None

    def close(self) -> None:
        """Close it; remove a UNIX socket unless a successor has replaced it."""
        if isinstance(self.address, UnixAddress):
            path = self.address.path
            if self.file is not None and _identity(path) == self.file:
                path.unlink(missing_ok=True)
        self.socket.close()


def open_listeners(
    addresses: Sequence[Address], rights: SocketRights
) -> list[Listener]:
    """
    Listen on all addresses, or on none.

    Raises:
        CannotListen: says which address, and why.
    """
    listeners: list[Listener] = []
    try:
        for address in addresses:
            if isinstance(address, UnixAddress):
                listeners.append(_open_unix(address, rights))
            else:
                listeners.extend(_open_tcp(address))
    except BaseException:
        close_all(listeners)
        raise
    return listeners


def close_all(listeners: Iterable[Listener]) -> None:
    for listener in listeners:
        listener.close()


def _open_tcp(address: TcpAddress) -> Iterator[Listener]:
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise CannotListen(f"SOCKET: {address}: {error}") from error
    # A name may stand for the same address twice.
    places = dict.fromkeys((info[0], info[4]) for info in found)
    absent = 0
    for family, place in places:
        try:
            bound = listening_tcp(family, place)
            bound.settimeout(0)
        except OSError as error:
            # localhost is often listed as ::1 too where there is no IPv6.
            absent += error.errno in ABSENT
            if error.errno in ABSENT and absent < len(places):
                continue
            raise CannotListen(f"SOCKET: {address}: {error.strerror}") from error
        host, port = bound.getsockname()[:2]
        yield Listener(TcpAddress(host, port), bound)


def listening_tcp(family: int, place: Any, backlog: int = BACKLOG) -> socket.socket:  # noqa: ANN401
    """Return a socket that listens at *place*, as ``getaddrinfo`` has it."""
    with contextlib.ExitStack() as undo:
        bound = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # [::] must not take what 0.0.0.0 is listed for.
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(place)
        bound.listen(backlog)
        undo.pop_all()
    return bound


def _open_unix(address: UnixAddress, rights: SocketRights) -> Listener:
    path = address.path
    rights.check()
    try:
        _make_folder(path.parent, rights)
        _remove_stale(path)
        bound = _listening_unix(path, rights)
    except OSError as error:
        raise CannotListen(f"SOCKET: {path}: {error.strerror or error}") from error
    return Listener(address, bound, _identity(path))


def _listening_unix(path: Path, rights: SocketRights) -> socket.socket:
    with contextlib.ExitStack() as undo:
        bound = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        before = os.umask(0o177)
        try:
            bound.bind(str(path))
        finally:
            os.umask(before)
        undo.callback(path.unlink)
        rights.give(path, rights.mode)
        bound.listen(BACKLOG)
        bound.settimeout(0)
        undo.pop_all()
    return bound


def _make_folder(folder: Path, rights: SocketRights) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, rights)
    folder.mkdir()
    # Who may use the socket has to get through the folder.
    search = (rights.mode & 0o444) >> 2
    rights.give(folder, rights.mode | search)


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody answers on; leave everything else alone."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise CannotListen(f"SOCKET: {path} exists and is not a socket; move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as error:
            raise CannotListen(f"SOCKET: {path}: {error}") from error
    raise CannotListen(f"SOCKET: {path}: another process already answers there")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
