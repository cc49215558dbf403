"""The service manager."""

from __future__ import annotations

import shutil
import subprocess

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.domain.errors import CannotLook


_RUN_SECONDS = 10.0
"""That a program has to its end, where nobody waits for an answer of ours."""

# Debian keeps Postfix in folders that only root has in its PATH.
_ADMIN_PATH = "/usr/sbin:/sbin:/usr/local/sbin"


@attrs.frozen
class Ran:
    """How a program ended."""

    status: int
    output: str
    complaints: str = ""


Run = Callable[[Sequence[str]], Ran]


def run(command: Sequence[str], *, seconds: float = _RUN_SECONDS) -> Ran:
    """
    Run a program to its end, *seconds* at most.

    Raises:
        CannotLook: it is not installed, or it hangs.
    """
    name = command[0]
    path = shutil.which(name) or shutil.which(name, path=_ADMIN_PATH)
    if path is None:
        raise CannotLook(f"{name} is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - only commands that are written here
            [path, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise CannotLook(f"{name} did not end within {seconds:.0f} s") from None
    return Ran(done.returncode, done.stdout, done.stderr)


_OWN_FOLDERS = {
    "/var/lib": "StateDirectory",
    "/var/log": "LogsDirectory",
    "/var/cache": "CacheDirectory",
    "/run": "RuntimeDirectory",
}
_SYSTEMD_RUNS = Path("/run/systemd/system")


@attrs.frozen
class Systemd:
    """The service manager, where there is one."""

    run: Run = run
    booted: Callable[[], bool] = _SYSTEMD_RUNS.is_dir

    def show(self, unit: str, name: str) -> str:
        """Return a property of a unit, ``""`` without systemd."""
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
        """Whether a service that sees the file system read-only may write there."""
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
        """Whether the unit is installed."""
        return self.show(unit, "LoadState") == "loaded"

    def starts_at_boot(self, unit: str) -> bool:
        """Whether the unit is enabled."""
        return self.run(["systemctl", "is-enabled", unit]).status == 0

    def is_active(self, unit: str) -> bool:
        """Whether the unit runs."""
        return self.run(["systemctl", "is-active", unit]).status == 0
