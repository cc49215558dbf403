"""
The programs of the machine that know what we want to know.
"""

from __future__ import annotations

import shutil
import subprocess

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.adapters.postfix.postconf import QUERIES, MailServer, mail_server
from rateguard.entrypoints.doctor.findings import CannotLook


_SECONDS = 10.0
# Debian keeps Postfix in folders that only root has in its PATH.
_ADMIN_PATH = "/usr/sbin:/sbin:/usr/local/sbin"
_OWN_FOLDERS = {
    "/var/lib": "StateDirectory",
    "/var/log": "LogsDirectory",
    "/var/cache": "CacheDirectory",
    "/run": "RuntimeDirectory",
}
_SYSTEMD_RUNS = Path("/run/systemd/system")


@attrs.frozen
class Ran:
    """
    How a program ended.
    """

    status: int
    output: str
    complaints: str = ""


Run = Callable[[Sequence[str]], Ran]


def run(command: Sequence[str]) -> Ran:
    """
    Run a program to its end.

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
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CannotLook(f"{name} did not end within {_SECONDS:.0f} s") from None
    return Ran(done.returncode, done.stdout, done.stderr)


@attrs.frozen
class Postfix:
    """
    The Postfix of this machine.

    Attributes:
        folder: Its configuration's, None for the usual one.

        wanted: Whether to look at it at all.
    """

    folder: Path | None = None
    wanted: bool = True
    run: Run = run
    _seen: list[MailServer | CannotLook] = attrs.field(init=False, factory=list)

    @property
    def options(self) -> tuple[str, ...]:
        """
        What every command of Postfix needs to find the folder.
        """
        return () if self.folder is None else ("-c", str(self.folder))

    def server(self) -> MailServer:
        """
        Return its configuration; asked for once.

        Raises:
            CannotLook: there is none that can be read.
        """
        if not self.wanted:
            raise CannotLook("--no-postfix")
        if not self._seen:
            try:
                self._seen.append(self._asked())
            except CannotLook as error:
                # Postfix takes a second to say so.
                self._seen.append(error)
        (seen,) = self._seen
        if isinstance(seen, CannotLook):
            raise seen
        return seen

    def _asked(self) -> MailServer:
        ran = {name: self._postconf(*words) for name, words in QUERIES.items()}
        outputs = {name: each.output for name, each in ran.items()}
        complaints = "".join(each.complaints for each in ran.values())
        return mail_server(**outputs, complaints=complaints)

    def _postconf(self, *words: str) -> Ran:
        ran = self.run(["postconf", *self.options, *words])
        if ran.status:
            raise CannotLook(ran.complaints.strip() or "postconf failed")
        return ran


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
        if not self.has(unit) or not self.is_active(unit):
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
