"""Whether all is well, to people, to scripts and to monitoring."""

from __future__ import annotations

import datetime as dt
import sys

from collections.abc import Iterator
from typing import Any

import attrs
import click

from rateguard.domain.reports import Traffic, reset_overdue
from rateguard.entrypoints.cli.listening import CLEANUP_TIMER
from rateguard.entrypoints.cli.output.chart import BLOCKS, bars, levels_for
from rateguard.entrypoints.cli.output.output import (
    draw,
    encoding_of_output,
    expect,
    say,
)
from rateguard.entrypoints.cli.output.scripts import as_json
from rateguard.entrypoints.cli.output.table import Facts, Line, Part
from rateguard.entrypoints.cli.output.texts import amount, local_time, shown
from rateguard.entrypoints.cli.session import FAILED, Session
from rateguard.entrypoints.cli.status.look import (
    Counted,
    Daemon,
    Overview,
    look,
)


@click.command()
@click.option("--brief", is_flag=True, help="One line, as monitoring plugins print.")
@click.option("--json", "json_", is_flag=True, help="For scripts: JSON.")
@click.pass_obj
def status(session: Session, *, brief: bool, json_: bool) -> None:
    """
    Show everything at one glance, and whether all is well.

    Exit status: 0 all is well; 1 something needs attention: daemon or database
    away, schema behind, cleanup overdue; 2 wrong settings.
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
            draw(for_people(overview, levels_for(encoding_of_output())))
        if any(complaints(overview)):
            sys.exit(FAILED)


def complaints(overview: Overview) -> Iterator[str]:
    """Yield what needs attention, and what to do; nothing if all is well."""
    for daemon in overview.daemons:
        if daemon.error:
            yield f"daemon away: {daemon.error}"
    if overview.database_error:
        yield f"database away: {overview.database_error}"
    if overview.pending:
        count = len(overview.pending)
        yield f"schema behind by {count}: run rateguard migrate"
    if overview.counted is not None:
        yield from _cleanup_complaints(overview.counted, overview.at)


_HOUR = dt.timedelta(hours=1)


def _cleanup_complaints(counted: Counted, at: dt.datetime) -> Iterator[str]:
    run = counted.cleanup
    overdue = reset_overdue(counted.counting_since, at)
    if run is None:
        if overdue:
            yield f"cleanup never ran: systemctl enable --now {CLEANUP_TIMER}"
    elif overdue:
        unfinished = "" if run.finished_at else " and unfinished"
        hours = (at - run.started_at) // _HOUR
        yield f"cleanup overdue: begun {hours} h ago{unfinished}; see {CLEANUP_TIMER}"
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


def for_people(overview: Overview, levels: str = BLOCKS) -> Iterator[Part]:
    yield Facts(list(_facts(overview)))
    if overview.counted is not None:
        yield Line()
        yield from _chart(overview.counted, levels)
    yield Line()
    found = list(complaints(overview))
    yield from (Line(shown(complaint), "red") for complaint in found)
    yield Line("needs attention" if found else "all well", "bold")


def _facts(overview: Overview) -> Iterator[tuple[str, str | Line]]:
    yield "version", overview.version
    for each in overview.daemons:
        yield "daemon", _daemon(each)
    database = shown(overview.database)
    if overview.pending:
        behind = f"{database}; {len(overview.pending)} migrations pending"
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


def _daemon(daemon: Daemon) -> Line:
    if daemon.error:
        return Line(f"{daemon.address}: no answer", "red")
    return Line(f"{daemon.address}, answered in {daemon.seconds * 1000:.1f} ms")


def _cleanup(overview: Overview, counted: Counted) -> Line:
    run, late = counted.cleanup, reset_overdue(counted.counting_since, overview.at)
    text = f"begun {local_time(run.started_at)}" if run else "never"
    if run is not None and run.finished_at is None:
        text += ", unfinished"
    return Line(text + (", overdue" if late else ""), "red" if late else "")


def _asked(traffic: Traffic) -> str:
    accepted = amount(traffic.accepted, "message")
    return f"{accepted} accepted, {traffic.blocked:,} blocked"


def _chart(counted: Counted, levels: str) -> Iterator[Part]:
    """
    Yield a chart of accepted messages and one of blocked ones, each with its own
    scale, over the same hours.
    """
    traffics = [hour.traffic for hour in counted.hours]
    for name, values, height, style in (
        ("accepted", [each.accepted for each in traffics], 3, "green"),
        ("blocked", [each.blocked for each in traffics], 2, "red"),
    ):
        yield Line(f"{name}, up to {max(values):,} in an hour", style)
        for line in bars(values, height=height, levels=levels):
            yield Line(line, style)
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
        "senders": attrs.asdict(counted.totals, filter=_not_of_quota),
        "quota_hint": counted.quota_hint,
        "today": _traffic(counted.today),
        "last_24_hours": _traffic(counted.last_day),
        "hours": [{"at": hour.at, **_traffic(hour.traffic)} for hour in counted.hours],
        "notifications_waiting": counted.waiting,
    }


def _not_of_quota(field: attrs.Attribute[int], _value: int) -> bool:
    return field.name != "of_quota"


def _traffic(traffic: Traffic) -> dict[str, int]:
    return {**attrs.asdict(traffic), "accepted": traffic.accepted}
