"""How an overview is told."""

from __future__ import annotations

import sys

from collections.abc import Iterator
from typing import Any

import attrs
import click

from rateguard.entrypoints.cli.output.output import (
    as_json,
    draw,
    encoding_of_output,
    expect,
    say,
)
from rateguard.entrypoints.cli.output.table import Facts, Line, Part
from rateguard.entrypoints.cli.output.texts import (
    BLOCKS,
    bars,
    levels_for,
    local_time,
    shown,
    traffic,
)
from rateguard.entrypoints.cli.session import FAILED, Session
from rateguard.entrypoints.cli.status.health import (
    Counted,
    Daemon,
    Overview,
    complaints,
    overdue,
    summary,
)
from rateguard.entrypoints.cli.status.look import look


_HEIGHTS = {"messages": (4, "green"), "blocked": (2, "red")}


def for_people(overview: Overview, levels: str = BLOCKS) -> Iterator[Part]:
    """Yield what is drawn."""
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
    yield "store", shown(overview.store)
    if overview.pending:
        yield "schema", Line(f"{len(overview.pending)} migrations pending", "red")
    elif not overview.store_error:
        yield "schema", "current"
    counted = overview.counted
    if counted is None:
        return
    yield "cleanup", _cleanup(overview, counted)
    totals = counted.totals
    over = Line(
        f"{totals.senders:,}; {totals.over_quota:,} over quota,"
        f" {totals.suspended:,} suspended"
    )
    yield "senders", over
    waiting = ", ".join(
        f"{count:,} for {shown(name)}" for name, count in counted.waiting.items()
    )
    yield "notices", f"waiting: {waiting}" if waiting else "none waiting"
    today = counted.today
    said = f"{traffic(today.messages, today.recipients)}; {today.blocked:,} blocked"
    yield "today", said


def _daemon(daemon: Daemon) -> Line:
    if daemon.error:
        return Line(f"{daemon.address}: no answer", "red")
    return Line(f"{daemon.address}, answered in {daemon.seconds * 1000:.1f} ms")


def _cleanup(overview: Overview, counted: Counted) -> Line:
    run = counted.cleanup
    if run is None:
        return Line("never", "red" if counted.expected_cleanup else "")
    text = f"begun {local_time(run.started_at)}"
    if run.finished_at is None:
        text += ", unfinished"
    late = overdue(run, overview.at)
    return Line(text + (", overdue" if late else ""), "red" if late else "")


def _chart(counted: Counted, levels: str) -> Iterator[Part]:
    """
    Yield a chart of messages and one of blocked ones, each with its own
    scale, over the same hours.
    """
    for name, (height, style) in _HEIGHTS.items():
        values = [getattr(hour.traffic, name) for hour in counted.hours]
        most = f"{max(values):,}"
        for number, line in enumerate(bars(values, height=height, levels=levels)):
            begin = (name, f"max {most}")[number] if number < 2 else ""  # noqa: PLR2004
            yield Line(f"{begin:14}{line}", style)
    labels = " ".join(f"{hour.at.astimezone():%H}" for hour in counted.hours)
    yield Line(f"{'hour':14}{labels}")


def for_scripts(overview: Overview) -> dict[str, Any]:
    """Return everything as one object."""
    counted = overview.counted
    found = list(complaints(overview))
    return {
        "ok": not found,
        "complaints": found,
        "version": overview.version,
        "at": overview.at,
        "daemons": [attrs.asdict(each) for each in overview.daemons],
        "store": overview.store,
        "store_error": overview.store_error,
        "schema_pending": list(overview.pending),
        **(_numbers(counted, overview) if counted else {}),
    }


def _numbers(counted: Counted, overview: Overview) -> dict[str, Any]:
    run = counted.cleanup
    return {
        "cleanup": {
            "started_at": run.started_at if run else None,
            "finished_at": run.finished_at if run else None,
            "overdue": overdue(run, overview.at) if run else counted.expected_cleanup,
        },
        "senders": attrs.asdict(counted.totals),
        "today": attrs.asdict(counted.today),
        "hours": [
            {"at": hour.at, **attrs.asdict(hour.traffic)} for hour in counted.hours
        ],
        "notifications_waiting": counted.waiting,
    }


@click.command()
@click.option("--brief", is_flag=True, help="One line, as monitoring plugins print.")
@click.option("--json", "json_", is_flag=True, help="For scripts: JSON.")
@click.pass_obj
def status(session: Session, *, brief: bool, json_: bool) -> None:
    """
    Show everything at one glance, and whether all is well.

    Exit status: 0 all is well; 1 something needs attention: daemon or store
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
