"""
The machine that is looked at.
"""

from __future__ import annotations

import shlex
import socket

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.adapters.sql.reports.glance import Seen
from rateguard.entrypoints.ask import ask
from rateguard.entrypoints.container.composition import Container
from rateguard.entrypoints.doctor.accounts import READ, WRITE, Account
from rateguard.entrypoints.doctor.findings import AS_ROOT
from rateguard.entrypoints.doctor.postfix import Postfix
from rateguard.entrypoints.env_file import ENV_FILES
from rateguard.entrypoints.environment import Loaded
from rateguard.entrypoints.machine import listening
from rateguard.entrypoints.machine.programs import CannotLook
from rateguard.entrypoints.machine.systemd import Systemd
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address


SERVICE = "rateguard.service"


SOCKET_UNIT = "rateguard.socket"
"""Where systemd listens for us."""


def look_up(host: str) -> object:
    """
    Return the addresses of a host.
    """
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)


@attrs.frozen
class Patient:
    """
    What the checks look at.

    Attributes:
        account: The user whom the daemon runs as; None if nobody knows.

        ask: Returns the daemon's answer, as ``rateguard ask`` has it.

        look_up: Raises OSError for a host name without an address.
    """

    loaded: Loaded
    container: Container
    account: Account | None
    postfix: Postfix = attrs.field(factory=Postfix)
    systemd: Systemd = attrs.field(factory=Systemd)
    ask: Callable[[Address, dict[str, str]], str] = ask
    look_up: Callable[[str], object] = look_up

    @property
    def settings(self) -> Settings:
        """
        The settings in force.
        """
        return self.loaded.settings

    @property
    def addresses(self) -> Sequence[Address]:
        """
        Where the daemon listens.
        """
        return listening.addresses(self.loaded, self.systemd)

    @property
    def held_sockets(self) -> Sequence[Address]:
        """
        Where systemd listens for the daemon.
        """
        return listening.held_sockets(self.systemd)

    def daemons_user(self) -> Account:
        """
        Return whom the daemon runs as.

        Raises:
            CannotLook: nobody knows.
        """
        if self.account is None:
            raise CannotLook("whom the daemon runs as is not known: see --user")
        return self.account

    def check_access(self) -> None:
        """
        Raise CannotLook if SQLite's file is not for us: opening it would fail,
        or leave files behind that the daemon cannot use.
        """
        if self.settings.db_driver == "sqlite3":
            path = Path(self.settings.db_database).absolute()
            if path.exists() and Account.ours().kept_out_at(path, READ | WRITE):
                raise CannotLook(f"{path}: not allowed; {AS_ROOT}")

    def seen(self) -> Seen:
        """
        Return what the database shows.

        Raises:
            CannotLook: not to us.
            StoreError: it cannot be asked.
        """
        self.check_access()
        seen: Seen = self.container.glance()()
        return seen

    @property
    def env_file(self) -> Path:
        """
        Where a setting is to be changed.
        """
        return self.loaded.env_file or ENV_FILES[-1]

    def command(self, words: str) -> str:
        """
        Return a command line of ours with the same settings.
        """
        if self.loaded.env_file in {None, *ENV_FILES}:
            return f"rateguard {words}"
        return f"rateguard --env-file {shlex.quote(str(self.env_file))} {words}"

    def set(self, *settings: str) -> str:
        """
        Return the line that changes settings.
        """
        return f"{self.env_file}: {' and '.join(settings)}; then restart rateguard"
