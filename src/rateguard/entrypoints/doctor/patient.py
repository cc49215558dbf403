"""
The machine that is looked at.
"""

from __future__ import annotations

import shlex
import socket

from collections.abc import Callable
from pathlib import Path

import attrs

from rateguard.entrypoints.ask import ask
from rateguard.entrypoints.container import Container
from rateguard.entrypoints.doctor.accounts import Account
from rateguard.entrypoints.doctor.machine import Postfix, Systemd
from rateguard.entrypoints.environment import ENV_FILES, Loaded
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address


SERVICE = "rateguard.service"


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
        account: The user whom the daemon runs as.

        ask: Returns the daemon's answer, as ``rateguard ask`` has it.

        look_up: Raises OSError for a host name without an address.
    """

    loaded: Loaded
    container: Container
    account: Account
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
