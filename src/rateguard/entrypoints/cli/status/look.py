"""What there is to see: the database and the daemon, looked at side by side."""

from __future__ import annotations

import datetime as dt
import itertools
import time

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import attrs

from rateguard import __version__
from rateguard.domain.errors import RateGuardError, StoreError
from rateguard.domain.ports import ResetRun, UnitOfWork
from rateguard.domain.reports import Totals, Traffic
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.newcomers import hint
from rateguard.entrypoints.cli.session import Desk, Session, no_database
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address


@attrs.frozen
class Hour:
    """
    What was asked in one hour.

    Attributes:
        at: Its beginning.
    """

    at: dt.datetime
    traffic: Traffic


@attrs.frozen
class Counted:
    """
    What the database tells.

    Attributes:
        cleanup: The last one; None if there was none.
        counting_since: When it began; if there was none, when the first sender was
            counted.
        today: Since the local midnight.
        hours: The last 24, the last one not over yet.
        waiting: How many alerts wait for each notifier.
        quota_hint: That QUOTA is not what most senders have; ``""`` if it is.
    """

    totals: Totals
    cleanup: ResetRun | None
    counting_since: dt.datetime | None
    today: Traffic
    hours: tuple[Hour, ...]
    waiting: dict[str, int]
    quota_hint: str = ""

    @property
    def last_day(self) -> Traffic:
        return _sum(hour.traffic for hour in self.hours)


@attrs.frozen
class Daemon:
    """
    What was heard at one address.

    Attributes:
        error: Why there was no answer; ``""`` if there was one.
    """

    address: str
    seconds: float
    error: str = ""


@attrs.frozen
class Overview:
    """
    Attributes:
        at: When it was looked at, aware UTC.
        database: Driver and place.
        database_error: Why the database told nothing; ``""`` if it did.
        pending: Migrations that are to be applied.
    """

    at: dt.datetime
    version: str
    database: str
    daemons: tuple[Daemon, ...]
    database_error: str = ""
    pending: tuple[str, ...] = ()
    counted: Counted | None = None


_T = TypeVar("_T")


def look(session: Session, desk: Desk) -> Overview:
    """Look at the database and at the daemon, at the same time."""
    database = desk.database
    addresses = session.where_to_ask(desk.loaded)
    with ThreadPoolExecutor(4) as eyes:
        daemons = [
            eyes.submit(daemon, session.tools.ask, address) for address in addresses
        ]
        at = desk.now()
        error = ""
        pending: tuple[str, ...] = ()
        counted = None
        try:
            if database.exists():
                pending = tuple(database.schema.pending())
                counted = None if pending else _counted(desk, at, eyes)
            else:
                error = no_database(desk.loaded)
        except StoreError as found:
            error = str(found)
        return Overview(
            at,
            __version__,
            place(desk.loaded.settings),
            tuple(each.result() for each in daemons),
            error,
            pending,
            counted,
        )


def _counted(desk: Desk, at: dt.datetime, eyes: ThreadPoolExecutor) -> Counted:
    """
    Count senders and messages: side by side on a server, where there are
    millions each takes half a second. Two threads of SQLite are slower than
    one.
    """
    now = at.astimezone()
    midnight = start_of_day(now)
    hours = last_hours(now)
    times = sorted({midnight, *hours})
    quota = desk.loaded.settings.quota

    def looked(question: Callable[[UnitOfWork], _T]) -> _T:
        with desk.looking() as unit:
            return question(unit)

    def between(begin: dt.datetime, end: dt.datetime) -> Traffic:
        # Midnight may be within an hour.
        return _sum(asked[times.index(begin) : times.index(end)])

    def senders(unit: UnitOfWork) -> tuple[Totals, str]:
        totals = unit.reports.totals(at=at, quota=quota)
        return totals, hint(unit, quota, totals)

    server = desk.loaded.settings.db_driver != "sqlite3"
    aside = eyes.submit(looked, senders) if server else None
    asked = looked(lambda unit: unit.reports.traffic(times))
    run, waiting = looked(lambda unit: (unit.resets.latest(), unit.outbox.waiting()))
    totals, quota_hint = aside.result() if aside else looked(senders)
    return Counted(
        totals,
        run,
        run.started_at if run else desk.database.seen().first_sender_at,
        between(midnight, hours[-1]),
        tuple(
            Hour(begin, between(begin, end)) for begin, end in itertools.pairwise(hours)
        ),
        waiting,
        quota_hint,
    )


_HOURS = 24
_HOUR = dt.timedelta(hours=1)


def last_hours(now: dt.datetime) -> list[dt.datetime]:
    """
    Return when each of the last 24 hours up to *now*, a local time, began, and when
    the last one ends. They are real ones, and begin with a local hour: on the day on
    which clocks are set back, one is there twice.
    """
    this = now.replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    return [this + hours * _HOUR for hours in range(1 - _HOURS, 2)]


def _sum(parts: Iterable[Traffic]) -> Traffic:
    columns = zip(*map(attrs.astuple, parts), strict=True)
    return Traffic(*map(sum, columns))


def place(settings: Settings) -> str:
    if settings.db_driver == "sqlite3":
        return f"SQLite, {settings.db_database}"
    where = settings.db_host
    if not where.startswith("/"):
        where += f":{settings.db_port}"
    return f"MySQL, {settings.db_database} on {where}"


TIMEOUT = 3.0
"""Seconds that the daemon has for its answer."""


def daemon(ask: Callable[..., str], address: Address) -> Daemon:
    began = time.monotonic()
    error = ""
    try:
        ask(address.place, timeout=TIMEOUT)
    except RateGuardError as found:
        error = str(found)
    return Daemon(str(address), time.monotonic() - began, error)
