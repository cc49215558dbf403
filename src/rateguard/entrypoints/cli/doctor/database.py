"""The database: there, current, of our time, counting, and reset every night."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator
from pathlib import Path

from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import Seen, reset_overdue
from rateguard.entrypoints.cli.doctor.findings import Finding, fault, note, warning
from rateguard.entrypoints.cli.doctor.machine import READ, SEARCH, WRITE, Machine
from rateguard.entrypoints.cli.listening import SERVICE
from rateguard.entrypoints.cli.service import quota_hint


APART = dt.timedelta(minutes=1)
"""By how much two clocks may differ."""

WRITTEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""Before this there was no RateGuard."""

SILENCE = dt.timedelta(days=7)

TIMER = "rateguard-cleanup.timer"

_ENABLE = f"systemctl enable --now {TIMER}"
_DEFAULT = "DB_DATABASE=/var/lib/rateguard/rateguard.db"
_NTP = "timedatectl set-ntp true"


def database(machine: Machine) -> Iterator[Finding]:
    """The database can be reached, and its schema is current."""
    if not machine.database.exists():
        path = Path(machine.settings.db_database)
        yield fault(
            f"there is no database {path.absolute()}",
            machine.command("migrate") if path.is_absolute() else machine.set(_DEFAULT),
        )
        return
    machine.check_access()
    try:
        pending = machine.database.schema.pending()
    except StoreUnavailable as error:
        fix = f"repair the file, or correct DB_DATABASE in {machine.env_file}"
        if machine.settings.db_driver != "sqlite3":
            names = "DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_DATABASE"
            fix = f"start the database server, or correct {names} in {machine.env_file}"
        yield fault(f"the database cannot be used: {' '.join(str(error).split())}", fix)
        return
    if pending:
        yield fault(
            f"the schema lacks {', '.join(pending)}", machine.command("migrate")
        )


def file(machine: Machine) -> Iterator[Finding]:
    """SQLite's file is the same for everybody, and the daemon may write it."""
    if machine.settings.db_driver != "sqlite3":
        return
    path = Path(machine.settings.db_database)
    if not path.is_absolute():
        yield warning(
            f"DB_DATABASE={path} is a different file in each working directory",
            machine.set(_DEFAULT),
        )
        return
    yield from read_only(machine, path)
    user = machine.daemons_user()
    # Beside the file its log is made.
    for each, access in ((path.parent, WRITE | SEARCH), (path, READ | WRITE)):
        if each.exists() and user.kept_out_at(each, access):
            yield fault(
                f"the daemon (user {user.name}) may not write to {each}",
                f"chown -R {user.name} {path.parent}",
            )
            return


def read_only(machine: Machine, path: Path) -> Iterator[Finding]:
    """Yield a finding if systemd keeps the daemon from writing *path*."""
    if not machine.systemd.may_write(SERVICE, path):
        yield fault(
            f"systemd shows {path.parent} to the daemon read-only",
            f"systemctl edit {SERVICE}, and below [Service]:"
            f" ReadWritePaths={path.parent}",
        )


def clock(machine: Machine) -> Iterator[Finding]:
    """The clock is right, and the database server's agrees with it."""
    now = machine.tools.clock.now()
    if now < WRITTEN:
        yield fault(f"the clock says {now:%Y-%m-%d}", _NTP)
    else:
        yield from clocks(now, machine.seen())


def clocks(now: dt.datetime, seen: Seen) -> Iterator[Finding]:
    """Yield what is odd about our time, seen from the database."""
    newest = seen.last_message_at
    if newest is not None and newest - now > APART:
        yield fault(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the newest message is"
            f" from {newest:%Y-%m-%d %H:%M}",
            _NTP,
        )
    if seen.clock is not None and abs(seen.clock - now) > APART:
        apart = round(abs(seen.clock - now).total_seconds())
        side = "ahead of" if seen.clock > now else "behind"
        yield warning(
            f"the database server's clock is {apart} s {side} ours",
            f"on both machines: {_NTP}",
        )


def counted(machine: Machine) -> Iterator[Finding]:
    """Mail was counted lately, if ever."""
    newest = machine.seen().last_message_at
    if newest is not None and machine.tools.clock.now() - newest > SILENCE:
        yield warning(
            f"no mail has been counted since {_local(newest)}",
            "send a mail with a login, then look for its line in the log",
        )


def timer(machine: Machine) -> Iterator[Finding]:
    """The timer, where it is installed, is enabled and runs."""
    systemd = machine.systemd
    if not systemd.has(TIMER):
        return
    if not systemd.starts_at_boot(TIMER):
        yield fault(f"{TIMER} does not start at boot", _ENABLE)
    elif not systemd.is_active(TIMER):
        yield fault(f"{TIMER} is not running", _ENABLE)


def reset(machine: Machine) -> Iterator[Finding]:
    """Counters were reset in the last day."""
    seen = machine.seen()
    since = seen.counting_since
    if since is not None and reset_overdue(since, machine.tools.clock.now()):
        ran = "last ran at" if seen.reset_at else "never ran; counting since"
        yield fault(
            f"cleanup {ran} {_local(since)}: senders over quota stay blocked",
            _have_it_run(machine),
        )


def _have_it_run(machine: Machine) -> str:
    if machine.systemd.has(TIMER):
        return f"{_ENABLE}; journalctl -u rateguard-cleanup says why it failed"
    command = machine.command("cleanup")
    user = "root" if machine.account is None else machine.account.name
    daily = f"10 0 * * * {user} {command}"
    return f"{command}; and daily, in /etc/cron.d/rateguard: {daily}"


def quota(machine: Machine) -> Iterator[Finding]:
    """QUOTA is the quota of most senders."""
    machine.check_access()
    hint = quota_hint(machine.database, machine.settings)
    if hint:
        problem, _, command = hint.rpartition("; rateguard ")
        yield note(problem, machine.command(command))


def _local(at: dt.datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M %z}"
