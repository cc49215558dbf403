"""
The service manager.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from rateguard.entrypoints.machine.programs import Run, run


SERVICE = "rateguard.service"


SOCKET_UNIT = "rateguard.socket"
"""Where systemd listens for us."""

_OWN_FOLDERS = {
    "/var/lib": "StateDirectory",
    "/var/log": "LogsDirectory",
    "/var/cache": "CacheDirectory",
    "/run": "RuntimeDirectory",
}
_SYSTEMD_RUNS = Path("/run/systemd/system")


@attrs.frozen
class Systemd:
    """
    The service manager, where there is one.
    """

    run: Run = run
    booted: Callable[[], bool] = _SYSTEMD_RUNS.is_dir

    def show(self, unit: str, name: str) -> str:
        """
        Return a property of a unit, ``""`` without systemd.
        """
        if not self.booted():
            return ""
        command = ["systemctl", "show", f"--property={name}", "--value", unit]
        return self.run(command).output.strip()

    def listens(self, unit: str) -> list[str]:
        """
        Return where an active socket unit listens, as systemd writes it:
        ``127.0.0.1:10033``, ``[::]:10033`` or a path.
        """
        if not self.booted() or not self.is_active(unit):
            return []
        # Each line ends in " (Stream)".
        return [
            line.rpartition(" ")[0] for line in self.show(unit, "Listen").splitlines()
        ]

    def may_write(self, unit: str, path: Path) -> bool:
        """
        Whether a service that sees the file system read-only may write there.
        """
        if self.show(unit, "ProtectSystem") != "strict":
            return True
        own = (
            f"{folder}/{name}"
            for folder, kind in _OWN_FOLDERS.items()
            for name in self.show(unit, kind).split()
        )
        given = self.show(unit, "ReadWritePaths").split()
        folders = [*own, *(each.lstrip("-+") for each in given)]
        return any(path.is_relative_to(folder) for folder in folders)

    def has(self, unit: str) -> bool:
        """
        Whether the unit is installed.
        """
        return self.show(unit, "LoadState") == "loaded"

    def starts_at_boot(self, unit: str) -> bool:
        """
        Whether the unit is enabled.
        """
        return self.run(["systemctl", "is-enabled", unit]).status == 0

    def is_active(self, unit: str) -> bool:
        """
        Whether the unit runs.
        """
        return self.run(["systemctl", "is-active", unit]).status == 0
