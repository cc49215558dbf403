"""The service manager of this machine, and how its programs are run."""

from __future__ import annotations

import shutil
import subprocess

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.domain.errors import CannotLook


Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]

_RUN_SECONDS = 10.0
"""What a program may take where nobody waits for an answer of ours."""

# Debian keeps Postfix in folders that only root has in its PATH.
_ADMIN_PATH = "/usr/sbin:/sbin:/usr/local/sbin"


def run(
    command: Sequence[str], *, seconds: float = _RUN_SECONDS
) -> subprocess.CompletedProcess[str]:
    """
    Run a program to its end, for *seconds* at most.

    Raises:
        CannotLook: it is not installed, or it hangs.
    """
    name = command[0]
    path = shutil.which(name) or shutil.which(name, path=_ADMIN_PATH)
    if path is None:
        raise CannotLook(f"{name} is not installed")
    try:
        return subprocess.run(  # noqa: S603 - only commands that are written here
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


_RUNS = Path("/run/systemd/system")

# What `systemctl is-enabled` succeeds for.
_ENABLED = frozenset(
    {"enabled", "enabled-runtime", "static", "alias", "indirect", "generated"}
)

_OWN_FOLDERS = {
    "/var/lib": "StateDirectory",
    "/var/log": "LogsDirectory",
    "/var/cache": "CacheDirectory",
    "/run": "RuntimeDirectory",
}


@attrs.frozen
class Systemd:
    """
    What systemd says of its units; of a machine without it, that there are none.
    Everything raises ``CannotLook`` where it does not answer in time.
    """

    run: Run = run
    booted: Callable[[], bool] = _RUNS.is_dir

    def show(self, unit: str, name: str) -> str:
        """Return a property of a unit; ``""`` without systemd."""
        if not self.booted():
            return ""
        command = ["systemctl", "show", f"--property={name}", "--value", unit]
        return self.run(command).stdout.strip()

    def has(self, unit: str) -> bool:
        return self.show(unit, "LoadState") == "loaded"

    def starts_at_boot(self, unit: str) -> bool:
        return self.show(unit, "UnitFileState") in _ENABLED

    def is_active(self, unit: str) -> bool:
        return self.show(unit, "ActiveState") == "active"

    def listens(self, unit: str) -> list[str]:
        """
        Return where an active socket unit listens, as systemd writes it:
        ``127.0.0.1:10033``, ``[::]:10033`` or a path.
        """
        if not self.is_active(unit):
            return []
        # Each line ends in " (Stream)".
        lines = self.show(unit, "Listen").splitlines()
        return [line.rpartition(" ")[0] for line in lines]

    def may_write(self, unit: str, path: Path) -> bool:
        """Whether systemd lets a service write to that path."""
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
