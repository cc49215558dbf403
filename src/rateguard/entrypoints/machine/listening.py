"""
Where the daemon of this machine listens.
"""

from __future__ import annotations

import functools

from collections.abc import Sequence
from pathlib import Path

from rateguard.entrypoints.env_file import ENV_FILES
from rateguard.entrypoints.environment import Loaded
from rateguard.entrypoints.machine.programs import CannotLook, run
from rateguard.entrypoints.machine.systemd import SOCKET_UNIT, Systemd
from rateguard.entrypoints.settings.addresses import (
    Address,
    TcpAddress,
    UnixAddress,
)


SECONDS = 2.0
"""That systemctl has for each of two answers: somebody waits for ours."""


def where_to_ask(loaded: Loaded, systemd: Systemd | None = None) -> Sequence[Address]:
    """
    Return where to ask the daemon: SOCKET where systemd does not run, or does
    not answer in time.
    """
    if loaded.env_file not in {None, *ENV_FILES} and loaded.environment.get("SOCKET"):
        # Another daemon's, with settings of its own; systemd's is not asked
        # for it, or it would seem to be there when it is not.
        return loaded.settings.socket
    try:
        return addresses(loaded, systemd or _hasty())
    except (CannotLook, OSError):
        return loaded.settings.socket


def addresses(loaded: Loaded, systemd: Systemd) -> Sequence[Address]:
    """
    Return where the daemon listens: systemd's sockets are used instead of
    SOCKET.

    Raises:
        CannotLook: systemd cannot be asked.
    """
    return held_sockets(systemd) or loaded.settings.socket


def held_sockets(systemd: Systemd) -> Sequence[Address]:
    """
    Return where systemd listens for the daemon.

    Raises:
        CannotLook: systemd cannot be asked.
    """
    found = [_address(each) for each in systemd.listens(SOCKET_UNIT)]
    return [each for each in found if each is not None]


def _hasty() -> Systemd:
    return Systemd(functools.partial(run, seconds=SECONDS))


def _address(written: str) -> Address | None:
    """
    Return what a line of ``ListenStream=`` means.
    """
    if written.startswith("/"):
        return UnixAddress(Path(written))
    host, _, port = written.rpartition(":")
    return TcpAddress(host.strip("[]"), int(port)) if port.isdigit() else None
