"""The service manager."""

from __future__ import annotations

import functools
import shutil
import subprocess

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress
from rateguard.entrypoints.settings.environment import ENV_FILES, Loaded


_RUN_SECONDS = 10.0
"""That a program has to its end, where nobody waits for an answer of ours."""

# Debian keeps Postfix in folders that only root has in its PATH.
_ADMIN_PATH = "/usr/sbin:/sbin:/usr/local/sbin"


class CannotLook(RateGuardError):
    """What is to be looked at cannot be seen; the text says why. Not a fault."""


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


_LISTENING_SECONDS = 2.0
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
    return Systemd(functools.partial(run, seconds=_LISTENING_SECONDS))


def _address(written: str) -> Address | None:
    """Return what a line of ``ListenStream=`` means."""
    if written.startswith("/"):
        return UnixAddress(Path(written))
    host, _, port = written.rpartition(":")
    return TcpAddress(host.strip("[]"), int(port)) if port.isdigit() else None
