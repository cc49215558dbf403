"""``rateguard status``: whether all is well, to people, scripts and monitoring."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
import time

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import attrs
import click

from attrs.filters import exclude

from rateguard import __version__
from rateguard.domain.errors import RateGuardError, StoreError
from rateguard.domain.ports import ResetRun, UnitOfWork
from rateguard.domain.reports import Totals, Traffic, reset_overdue
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.listening import CLEANUP_TIMER
from rateguard.entrypoints.cli.output.output import as_json, draw, expect, say
from rateguard.entrypoints.cli.output.table import Chart, Facts, Line, Part
from rateguard.entrypoints.cli.output.texts import amount, local_time, shown
from rateguard.entrypoints.cli.service import hint
from rateguard.entrypoints.cli.session import FAILED, Desk, Session, no_database
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address


TIMEOUT = 3.0
"""Seconds that the daemon has for its answer."""

_HOURS = 24
_HOUR = dt.timedelta(hours=1)

_T = TypeVar("_T")


@click.command()
@click.option("--brief", is_flag=True, help="One line, as monitoring plugins print it.")
@click.option("--json", "json_", is_flag=True, help="For scripts: JSON.")
@click.pass_obj
def status(session: Session, *, brief: bool, json_: bool) -> None:
    """
    Show at a glance whether all is well.

    Exit status: 0 all is well; 1 something needs attention: daemon or database
    down, migrations pending, cleanup overdue; 2 wrong settings.
    """
    with session.desk() as at_desk:
        if not (brief or json_):
            expect()
        overview = look(session, at_desk)
        if json_:
            say(as_json(for_scripts(overview)))
        elif brief:
            say(shown(summary(overview)) + "\n")
        else:
            draw(for_people(overview))
        if any(complaints(overview)):
            sys.exit(FAILED)


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


def last_hours(now: dt.datetime) -> list[dt.datetime]:
    """
    Return when each of the last 24 hours up to *now*, a local time, began, and when
    the last one ends. They are real ones, and begin with a local hour: on the day on
    which clocks are set back, one is there twice.
    """
    this = now.replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    return [this + hours * _HOUR for hours in range(1 - _HOURS, 2)]


def _sum(parts: Iterable[Traffic]) -> Traffic:
    return Traffic(*map(sum, zip(*map(attrs.astuple, parts), strict=True)))


def place(settings: Settings) -> str:
    if settings.db_driver == "sqlite3":
        return f"SQLite, {settings.db_database}"
    port = "" if settings.db_host.startswith("/") else f":{settings.db_port}"
    return f"MySQL, {settings.db_database} on {settings.db_host}{port}"


def daemon(ask: Callable[..., str], address: Address) -> Daemon:
    began = time.monotonic()
    error = ""
    try:
        ask(address.place, timeout=TIMEOUT)
    except RateGuardError as found:
        error = str(found)
    return Daemon(str(address), time.monotonic() - began, error)


def complaints(overview: Overview) -> Iterator[str]:
    """Yield what needs attention, and what to do; nothing if all is well."""
    for daemon in overview.daemons:
        if daemon.error:
            yield f"daemon down: {daemon.error}"
    if overview.database_error:
        yield f"database down: {overview.database_error}"
    if overview.pending:
        count = len(overview.pending)
        yield f"{amount(count, 'migration')} pending: run rateguard migrate"
    if overview.counted is not None:
        yield from _cleanup_complaints(overview.counted, overview.at)


def _cleanup_complaints(counted: Counted, at: dt.datetime) -> Iterator[str]:
    run = counted.cleanup
    overdue = reset_overdue(counted.counting_since, at)
    if run is None:
        if overdue:
            yield f"cleanup never ran: systemctl enable --now {CLEANUP_TIMER}"
    elif overdue:
        unfinished = "" if run.finished_at else " and unfinished"
        hours = (at - run.started_at) // _HOUR
        yield f"cleanup overdue: started {hours} h ago{unfinished}; see {CLEANUP_TIMER}"
    elif run.finished_at is None and at - run.started_at > _HOUR:
        # It seems to have been cut off: a million senders take minutes.
        yield "cleanup unfinished: run rateguard cleanup"


def summary(overview: Overview) -> str:
    """Return one line as monitoring plugins print it, with figures."""
    found = list(complaints(overview))
    text = "; ".join(found) if found else "all well"
    # What is behind a bar is taken for figures.
    text = " ".join(text.replace("|", "/").split())
    figures = " ".join(f"{name}={value}" for name, value in _figures(overview))
    return f"RATEGUARD {'WARNING' if found else 'OK'} - {text} | {figures}"


def _figures(overview: Overview) -> Iterator[tuple[str, str | int]]:
    answered = [each.seconds for each in overview.daemons if not each.error]
    if answered:
        yield "answer", f"{max(answered):.3f}s"
    counted = overview.counted
    if counted is not None:
        yield "senders", counted.totals.senders
        yield "over_quota", counted.totals.over_quota
        yield "suspended", counted.totals.suspended
        yield "messages", counted.today.messages
        yield "blocked", counted.today.blocked
        yield "waiting", sum(counted.waiting.values())


def for_people(overview: Overview) -> Iterator[Part]:
    yield Facts(list(_facts(overview)))
    if overview.counted is not None:
        yield Line()
        yield from _charts(overview.counted)
    yield Line()
    found = list(complaints(overview))
    yield from (Line(shown(complaint), "red") for complaint in found)
    yield Line("needs attention" if found else "all well", "bold")


def _facts(overview: Overview) -> Iterator[tuple[str, str | Line]]:
    yield "version", overview.version
    for each in overview.daemons:
        answered = f"{each.address}, answered in {each.seconds * 1000:.1f} ms"
        no_answer = Line(f"{each.address}: no answer", "red")
        yield "daemon", no_answer if each.error else answered
    database = shown(overview.database)
    if overview.pending:
        behind = f"{database}; {amount(len(overview.pending), 'migration')} pending"
        yield "database", Line(behind, "red")
    elif overview.database_error:
        yield "database", Line(f"{database}; no answer", "red")
    else:
        yield "database", f"{database}; schema current"
    counted = overview.counted
    if counted is None:
        return
    yield "cleanup", _cleanup(overview, counted)
    totals = counted.totals
    over = f"{totals.over_quota:,} over quota, {totals.suspended:,} suspended"
    yield "senders", f"{totals.senders:,}; {over}"
    if counted.quota_hint:
        yield "quota", Line(counted.quota_hint, "yellow")
    waiting = ", ".join(
        f"{count:,} for {shown(name)}" for name, count in counted.waiting.items()
    )
    yield "alerts", f"waiting: {waiting}" if waiting else "none waiting"
    yield "today", _asked(counted.today)
    yield "24 hours", _asked(counted.last_day)


def _cleanup(overview: Overview, counted: Counted) -> Line:
    run, late = counted.cleanup, reset_overdue(counted.counting_since, overview.at)
    text = f"started {local_time(run.started_at)}" if run else "never"
    if run is not None and run.finished_at is None:
        text += ", unfinished"
    return Line(text + (", overdue" if late else ""), "red" if late else "")


def _asked(traffic: Traffic) -> str:
    accepted = amount(traffic.accepted, "message")
    return f"{accepted} accepted, {traffic.blocked:,} blocked"


def _charts(counted: Counted) -> Iterator[Part]:
    traffics = [hour.traffic for hour in counted.hours]
    for name, values, height, style in (
        ("accepted", [each.accepted for each in traffics], 3, "green"),
        ("blocked", [each.blocked for each in traffics], 2, "red"),
    ):
        title = f"{name}, up to {max(values):,} in an hour"
        yield Chart(title, values, height, style)
    yield Line(" ".join(f"{hour.at.astimezone():%H}" for hour in counted.hours))


def for_scripts(overview: Overview) -> dict[str, Any]:
    counted = overview.counted
    found = list(complaints(overview))
    return {
        "ok": not found,
        "complaints": found,
        "version": overview.version,
        "at": overview.at,
        "daemons": [attrs.asdict(each) for each in overview.daemons],
        "store": overview.database,
        "store_error": overview.database_error,
        "schema_pending": list(overview.pending),
        **(_numbers(counted, overview) if counted else {}),
    }


def _numbers(counted: Counted, overview: Overview) -> dict[str, Any]:
    run = counted.cleanup
    return {
        "cleanup": {
            "started_at": run.started_at if run else None,
            "finished_at": run.finished_at if run else None,
            "overdue": reset_overdue(counted.counting_since, overview.at),
        },
        "senders": attrs.asdict(counted.totals, filter=exclude("of_quota")),
        "quota_hint": counted.quota_hint,
        "today": _traffic(counted.today),
        "last_24_hours": _traffic(counted.last_day),
        "hours": [{"at": hour.at, **_traffic(hour.traffic)} for hour in counted.hours],
        "notifications_waiting": counted.waiting,
    }


def _traffic(traffic: Traffic) -> dict[str, int]:
    return {**attrs.asdict(traffic), "accepted": traffic.accepted}
