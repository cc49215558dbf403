"""The database: there, current, and of the same time as we are."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator
from pathlib import Path

from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import Seen
from rateguard.entrypoints.cli.doctor.findings import Finding, fault, warning
from rateguard.entrypoints.cli.doctor.machine import READ, SEARCH, WRITE, Patient
from rateguard.entrypoints.cli.listening import SERVICE


APART = dt.timedelta(minutes=1)
"""By how much two clocks may differ."""

WRITTEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""Before this there was no RateGuard."""

SILENCE = dt.timedelta(days=7)

_DEFAULT = "DB_DATABASE=/var/lib/rateguard/rateguard.db"
_NTP = "timedatectl set-ntp true"


def database(patient: Patient) -> Iterator[Finding]:
    """The database can be reached, and its schema is current."""
    settings = patient.settings
    if not patient.database.exists():
        path = Path(settings.db_database)
        yield fault(
            f"there is no database {path.absolute()}",
            patient.command("migrate") if path.is_absolute() else patient.set(_DEFAULT),
        )
        return
    patient.check_access()
    try:
        pending = patient.database.schema.pending()
    except StoreUnavailable as error:
        names = "DB_DATABASE"
        if settings.db_driver != "sqlite3":
            names = "DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_DATABASE"
        yield fault(
            f"the database cannot be used: {' '.join(str(error).split())}",
            f"start the database server, or correct {names} in {patient.env_file}"
            if "DB_HOST" in names
            else f"mend the file, or correct {names} in {patient.env_file}",
        )
        return
    if pending:
        yield fault(
            f"the schema lacks {', '.join(pending)}", patient.command("migrate")
        )


def file(patient: Patient) -> Iterator[Finding]:
    """SQLite's file is the same for everybody, and the daemon may write it."""
    settings = patient.settings
    if settings.db_driver != "sqlite3":
        return
    path = Path(settings.db_database)
    if not path.is_absolute():
        yield warning(
            f"DB_DATABASE={path} means another file in each working directory",
            patient.set(_DEFAULT),
        )
        return
    yield from read_only(patient, path)
    user = patient.daemons_user()
    # Beside the file its log is made.
    for each, access in ((path.parent, WRITE | SEARCH), (path, READ | WRITE)):
        if each.exists() and user.kept_out_at(each, access):
            yield fault(
                f"the daemon (user {user.name}) may not write {each}",
                f"chown -R {user.name} {path.parent}",
            )
            return


def read_only(patient: Patient, path: Path) -> Iterator[Finding]:
    """Yield a finding if systemd keeps the daemon from writing *path*."""
    if not patient.systemd.may_write(SERVICE, path):
        yield fault(
            f"systemd shows {path.parent} to the daemon read-only",
            f"systemctl edit {SERVICE}, and there, below [Service]:"
            f" ReadWritePaths={path.parent}",
        )


def clock(patient: Patient) -> Iterator[Finding]:
    """The clock is right, and the database server's agrees with it."""
    now = patient.tools.clock.now()
    if now < WRITTEN:
        yield fault(f"the clock says {now:%Y-%m-%d}", _NTP)
    else:
        yield from clocks(now, patient.seen())


def clocks(now: dt.datetime, seen: Seen) -> Iterator[Finding]:
    """Yield what is odd about our time, seen from the database."""
    newest = seen.last_message_at
    if newest is not None and newest - now > APART:
        yield fault(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, and the newest message is"
            f" of {newest:%Y-%m-%d %H:%M}",
            _NTP,
        )
    if seen.clock is not None and abs(seen.clock - now) > APART:
        apart = round(abs(seen.clock - now).total_seconds())
        side = "ahead of" if seen.clock > now else "behind"
        yield warning(
            f"the database server's clock is {apart} s {side} ours",
            f"on both machines: {_NTP}",
        )


def counted(patient: Patient) -> Iterator[Finding]:
    """Somebody was counted lately, if ever."""
    now = patient.tools.clock.now()
    newest = patient.seen().last_message_at
    if newest is not None and now - newest > SILENCE:
        yield warning(
            f"nobody was counted since {newest.astimezone():%Y-%m-%d %H:%M %z}",
            "log in to Postfix and send a mail; then look for its line in the log",
        )


TIMER = "rateguard-cleanup.timer"
OVERDUE = dt.timedelta(hours=25)
_ENABLE = f"systemctl enable --now {TIMER}"


def timer(patient: Patient) -> Iterator[Finding]:
    """The timer, where it is installed, is enabled and runs."""
    systemd = patient.systemd
    if not systemd.has(TIMER):
        return
    if not systemd.starts_at_boot(TIMER):
        yield fault(f"{TIMER} does not start with the machine", _ENABLE)
    elif not systemd.is_active(TIMER):
        yield fault(f"{TIMER} does not run", _ENABLE)


def period(patient: Patient) -> Iterator[Finding]:
    """A new period began in the last day."""
    seen = patient.seen()
    now = patient.tools.clock.now()
    since = seen.reset_at or seen.first_sender_at
    if since is None or now - since <= OVERDUE:
        return
    when = f"{since.astimezone():%Y-%m-%d %H:%M %z}"
    problem = (
        f"cleanup ran last at {when}"
        if seen.reset_at
        else f"cleanup never ran; counting since {when}"
    )
    yield fault(f"{problem}: who used up his quota stays blocked", _remedy(patient))


def _remedy(patient: Patient) -> str:
    if patient.systemd.has(TIMER):
        return f"{_ENABLE}; journalctl -u rateguard-cleanup says why it failed"
    command = patient.command("cleanup")
    user = "root" if patient.account is None else patient.account.name
    daily = f"10 0 * * * {user} {command}"
    return f"{command}; and daily, in /etc/cron.d/rateguard: {daily}"
