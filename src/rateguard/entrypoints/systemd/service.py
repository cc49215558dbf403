"""
What systemd told this process when it started it.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from rateguard.entrypoints.systemd.activation import Inherited, inherited
from rateguard.entrypoints.systemd.manager import ServiceManager


STATUS_SECONDS = 5.0
"""How often is looked without a watchdog, so that the status is up to date."""


@attrs.frozen
class Service:
    """
    How the process is a service of systemd; of nobody, if it is none.

    Attributes:
        beat_seconds: From one sign of life to the next.
    """

    manager: ServiceManager
    inherited: Inherited
    beat_seconds: float

    @classmethod
    def of(cls, environment: Mapping[str, str], own_pid: int) -> Service:
        """
        Read what the environment says.

        Raises:
            CannotListen: something is there on which nobody can connect.
        """
        return cls(
            ServiceManager(environment.get("NOTIFY_SOCKET", "")),
            inherited(environment, own_pid),
            _beat_seconds(environment, own_pid),
        )

    def ready(self) -> None:
        """
        All is accepted from now on.
        """
        # Ours by now; what is in keeping would stay open when we close them.
        self.manager.release()
        self.manager.tell(READY=1)

    def stopping(self) -> None:
        """
        The end begins.
        """
        self.manager.tell(STOPPING=1, STATUS="stopping")

    def keep(self, descriptor: int) -> None:
        """
        Have a mail server's connection kept for the next daemon.
        """
        self.manager.keep(descriptor)


def _beat_seconds(environment: Mapping[str, str], own_pid: int) -> float:
    """
    Return half of what WATCHDOG_USEC allows, as sd_watchdog_enabled(3) advises.
    """
    text = environment.get("WATCHDOG_USEC", "")
    ours = environment.get("WATCHDOG_PID") in {None, "", str(own_pid)}
    if not ours or not text.isascii() or not text.isdigit():
        return STATUS_SECONDS
    return int(text) / 2_000_000 or STATUS_SECONDS
