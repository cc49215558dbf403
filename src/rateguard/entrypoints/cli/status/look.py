"""Looking around."""

from __future__ import annotations

import datetime as dt
import time

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rateguard import __version__
from rateguard.domain.errors import RateGuardError, StoreError
from rateguard.domain.ports import ResetRun, UnitOfWork
from rateguard.domain.reports import MessageQuery, Totals, Traffic
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.session import Desk, Session, no_database
from rateguard.entrypoints.cli.status.health import (
    OVERDUE,
    Counted,
    Daemon,
    Hour,
    Overview,
)
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address


PATIENCE = 3.0
"""Seconds that the daemon has for its answer."""

_T = TypeVar("_T")
_HOUR = dt.timedelta(hours=1)


def look(session: Session, desk: Desk) -> Overview:
    """Look at the store and at the daemon, at the same time."""
    database = desk.database
    settings = desk.loaded.settings
    addresses = session.where_to_ask(desk.loaded)
    with ThreadPoolExecutor(4) as eyes:
        daemons = [
            eyes.submit(daemon, session.tools.ask, address) for address in addresses
        ]
        at = desk.now()
        store_error = ""
        pending: tuple[str, ...] = ()
        counted = None
        try:
            if database.exists():
                pending = tuple(database.schema.pending())
                counted = None if pending else _counted(desk, at, eyes)
            else:
                store_error = no_database(desk.loaded)
        except StoreError as error:
            store_error = str(error)
        return Overview(
            at=at,
            version=__version__,
            store=store(settings),
            daemons=tuple(each.result() for each in daemons),
            store_error=store_error,
            pending=pending,
            counted=counted,
        )


def _counted(desk: Desk, at: dt.datetime, eyes: ThreadPoolExecutor) -> Counted:
    """
    Count senders and messages: side by side on a server, where there are
    millions each takes half a second. Two threads of SQLite are slower than
    one.
    """
    midnight = start_of_day(at.astimezone())

    def looked(question: Callable[[UnitOfWork], _T]) -> _T:
        with desk.looking() as unit:
            return question(unit)

    def counted() -> Totals:
        return looked(lambda unit: unit.reports.totals(at=at))

    server = desk.loaded.settings.db_driver != "sqlite3"
    totals = eyes.submit(counted) if server else None
    minutes = looked(lambda unit: unit.reports.minutes(since=midnight))
    cleanup, expected, waiting = looked(lambda unit: _chores(unit, at))
    return Counted(
        totals=totals.result() if totals else counted(),
        cleanup=cleanup,
        expected_cleanup=expected,
        hours=tuple(hours(minutes, midnight, at)),
        waiting=waiting,
    )


def _chores(
    unit: UnitOfWork, at: dt.datetime
) -> tuple[ResetRun | None, bool, dict[str, int]]:
    run = unit.resets.latest()
    return run, run is None and _old(unit, at), unit.outbox.waiting()


def _old(unit: UnitOfWork, at: dt.datetime) -> bool:
    """Whether messages were counted so long ago that a cleanup was due since."""
    until = at - OVERDUE
    asked = MessageQuery(since=until - 30 * OVERDUE, until=until, limit=1)
    return bool(unit.reports.messages(asked))


def hours(
    minutes: Sequence[tuple[dt.datetime, Traffic]],
    midnight: dt.datetime,
    at: dt.datetime,
) -> Iterator[Hour]:
    """
    Yield every hour from *midnight*, a local time, to *at*. Real hours: a day
    on which the clocks change has 23 or 25.
    """
    sums: dict[int, list[int]] = {}
    for minute, traffic in minutes:
        entry = sums.setdefault((minute - midnight) // _HOUR, [0, 0, 0])
        entry[0] += traffic.messages
        entry[1] += traffic.recipients
        entry[2] += traffic.blocked
    for number in range((at - midnight) // _HOUR + 1):
        begin = midnight.astimezone(dt.UTC) + number * _HOUR
        yield Hour(begin, Traffic(*sums.get(number, ())))


def store(settings: Settings) -> str:
    """Return driver and place of the store."""
    if settings.db_driver == "sqlite3":
        return f"SQLite, {settings.db_database}"
    where = settings.db_host
    if not where.startswith("/"):
        where += f":{settings.db_port}"
    return f"MySQL, {settings.db_database} on {where}"


def daemon(ask: Callable[..., str], address: Address) -> Daemon:
    """Ask the daemon at one address."""
    began = time.monotonic()
    try:
        ask(address.place, timeout=PATIENCE)
    except RateGuardError as error:
        return Daemon(str(address), time.monotonic() - began, str(error))
    return Daemon(str(address), time.monotonic() - began)
