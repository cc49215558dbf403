"""Where RateGuard writes and whom it tells."""

from __future__ import annotations

import functools
import stat

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor.findings import Finding, fault, warning
from rateguard.entrypoints.cli.doctor.machine import SEARCH, WRITE, Patient
from rateguard.entrypoints.cli.doctor.store import read_only
from rateguard.entrypoints.settings import SECRETS
from rateguard.entrypoints.settings.environment import SettingsError


LOOKUP_SECONDS = 5.0
_DEV_LOG = Path("/dev/log")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def log(patient: Patient) -> Iterator[Finding]:
    """The daemon's user may write the log."""
    settings = patient.settings
    if settings.syslog and not _DEV_LOG.exists():
        yield warning(
            f"SYSLOG is on, and there is no {_DEV_LOG}", "apt-get install rsyslog"
        )
    if settings.log_file is None:
        return
    user, path = patient.daemons_user(), settings.log_file.absolute()
    folder = path.parent
    if not folder.is_dir():
        yield fault(
            f"LOG_FILE: there is no folder {folder}",
            f"install -d -m 0750 -o {user.name} {folder}",
        )
        return
    yield from read_only(patient, path)
    wanted, access = (path, WRITE) if path.exists() else (folder, WRITE | SEARCH)
    obstacle = user.kept_out_at(wanted, access)
    if obstacle is not None:
        yield fault(
            f"the daemon (user {user.name}) may not write the log: {obstacle}",
            f"chown {user.name} {obstacle}"
            if obstacle == wanted
            else f"chgrp {user.name} {obstacle} && chmod g+x {obstacle}",
        )


def notifiers(patient: Patient) -> Iterator[Finding]:
    """All who are told can be made: templates, and the notifiers of others."""
    try:
        patient.tools.notifiers(patient.loaded)
    except SettingsError as error:
        for problem in error.problems:
            yield fault(problem, f"correct it in {patient.env_file}")


def webhook(patient: Patient) -> Iterator[Finding]:
    """The webhook's host has an address."""
    settings = patient.settings
    if not settings.webhook_enabled or settings.webhook_url is None:
        return
    if any(patient.loaded.environment.get(each) for each in _every_case(_PROXIES)):
        raise CannotLook("a proxy looks its host up")
    host = urlsplit(settings.webhook_url).hostname or ""
    yield from _resolved(patient, host, "WEBHOOK_URL")


def mail(patient: Patient) -> Iterator[Finding]:
    """The mail server's host has an address."""
    if patient.settings.mail_enabled:
        yield from _resolved(patient, patient.settings.mail_host, "MAIL_HOST")


def _every_case(names: tuple[str, ...]) -> tuple[str, ...]:
    return (*names, *(each.upper() for each in names))


def _resolved(patient: Patient, host: str, name: str) -> Iterator[Finding]:
    # Imported here: settings alone should not wait for the libraries of mail.
    from rateguard.adapters.notify.deadline import Deadline  # noqa: PLC0415

    try:
        Deadline(LOOKUP_SECONDS).call(functools.partial(patient.look_up, host))
    except TimeoutError:
        yield warning(
            f"{name}: looking {host} up takes more than {LOOKUP_SECONDS:.0f} s",
            "correct the name servers in /etc/resolv.conf",
        )
    except (OSError, UnicodeError):
        yield fault(
            f"{name}: {host} has no address",
            f"correct {name} in {patient.env_file}, or: resolvectl query {host}",
        )


def names(patient: Patient) -> Iterator[Finding]:
    """No variable is a near miss of a setting."""
    for text in patient.loaded.warnings:
        yield warning(text, f"correct the name in {patient.env_file}")


def secrecy(patient: Patient) -> Iterator[Finding]:
    """A file with secrets is not for everybody to read."""
    path = patient.loaded.env_file
    held = sorted(name for name in SECRETS if patient.loaded.texts[name])
    if path is None or not held:
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IROTH:
        yield fault(
            f"every user of this machine can read {', '.join(held)} in {path}"
            f" ({mode:04o})",
            f"chmod o= {path}",
        )
