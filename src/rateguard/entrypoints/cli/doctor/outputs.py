"""RateGuard's settings, where it writes, and the receivers of its alerts."""

from __future__ import annotations

import stat

from collections.abc import Callable, Iterator
from pathlib import Path

from rateguard.domain.errors import DeliveryFailed
from rateguard.entrypoints.cli.doctor.database import read_only
from rateguard.entrypoints.cli.doctor.findings import Finding, fault, warning
from rateguard.entrypoints.cli.doctor.machine import SEARCH, WRITE, Machine
from rateguard.entrypoints.settings import SECRETS
from rateguard.entrypoints.settings.environment import SettingsError


_DEV_LOG = Path("/dev/log")


def names(machine: Machine) -> Iterator[Finding]:
    """No variable is a near miss of a setting."""
    for text in machine.loaded.warnings:
        yield warning(text, f"correct the name in {machine.env_file}")


def secrecy(machine: Machine) -> Iterator[Finding]:
    """A file with secrets is not for everybody to read."""
    path = machine.loaded.env_file
    held = sorted(name for name in SECRETS if machine.loaded.texts[name])
    if path is None or not held:
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IROTH:
        yield fault(
            f"every user of this machine can read {', '.join(held)} in {path}"
            f" ({mode:04o})",
            f"chmod o= {path}",
        )


def log(machine: Machine) -> Iterator[Finding]:
    """The daemon's user may write the log."""
    settings = machine.settings
    if settings.syslog and not _DEV_LOG.exists():
        yield warning(
            f"SYSLOG is on, but there is no {_DEV_LOG}", "apt-get install rsyslog"
        )
    if settings.log_file is None:
        return
    user, path = machine.daemons_user(), settings.log_file.absolute()
    folder = path.parent
    if not folder.is_dir():
        yield fault(
            f"LOG_FILE: there is no folder {folder}",
            f"install -d -m 0750 -o {user.name} {folder}",
        )
        return
    yield from read_only(machine, path)
    wanted, access = (path, WRITE) if path.exists() else (folder, WRITE | SEARCH)
    obstacle = user.kept_out_at(wanted, access)
    if obstacle is not None:
        yield fault(
            f"the daemon (user {user.name}) may not write to the log: {obstacle}",
            f"chown {user.name} {obstacle}"
            if obstacle == wanted
            else f"chgrp {user.name} {obstacle} && chmod g+x {obstacle}",
        )


def notifiers(machine: Machine) -> Iterator[Finding]:
    """All notifiers can be made: templates, and those of other packages."""
    try:
        machine.tools.notifiers(machine.loaded)
    except SettingsError as error:
        for problem in error.problems:
            yield fault(problem, f"correct it in {machine.env_file}")


def receiver(name: str, settings: str) -> Callable[[Machine], Iterator[Finding]]:
    """Make a check that a notifier of ours, with these *settings*, has a receiver."""

    def check(machine: Machine) -> Iterator[Finding]:
        """Alerts could be delivered now."""
        probe = machine.tools.probes(machine.loaded).get(name)
        try:
            if probe is not None:
                probe()
        except DeliveryFailed as error:
            yield fault(
                f"{name}: {error}",
                f"correct {settings} in {machine.env_file}, or repair the receiver;"
                f" then: {machine.command('notify test')}",
            )

    return check
