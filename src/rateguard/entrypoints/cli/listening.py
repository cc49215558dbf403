"""Where the daemon of these settings listens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress
from rateguard.entrypoints.settings.environment import ENV_FILES, Loaded


SERVICE = "rateguard.service"
CLEANUP_TIMER = "rateguard-cleanup.timer"

SOCKET_UNIT = "rateguard.socket"
"""Where systemd listens for us."""


class SocketUnits(Protocol):
    """What the service manager says of its sockets."""

    def listens(self, unit: str) -> Sequence[str]:
        """
        Return where an active socket unit listens, as systemd writes it.

        Raises:
            CannotLook: it cannot be asked.
        """


def where_to_ask(loaded: Loaded, systemd: SocketUnits) -> Sequence[Address]:
    """
    Return where to ask the daemon: SOCKET where systemd does not run, or does
    not answer in time.
    """
    if loaded.env_file not in {None, *ENV_FILES} and loaded.environment.get("SOCKET"):
        # Another daemon's, with settings of its own; systemd's is not asked
        # for it, or it would seem to be there when it is not.
        return loaded.settings.socket
    try:
        return held_sockets(systemd) or loaded.settings.socket
    except (CannotLook, OSError):
        return loaded.settings.socket


def held_sockets(systemd: SocketUnits) -> Sequence[Address]:
    """
    Return where systemd listens for the daemon.

    Raises:
        CannotLook: systemd cannot be asked.
    """
    found = [_address(each) for each in systemd.listens(SOCKET_UNIT)]
    return [each for each in found if each is not None]


def _address(written: str) -> Address | None:
    if written.startswith("/"):
        return UnixAddress(Path(written))
    host, _, port = written.rpartition(":")
    return TcpAddress(host.strip("[]"), int(port)) if port.isdigit() else None
