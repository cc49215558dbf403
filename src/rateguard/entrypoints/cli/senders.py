"""``rateguard sender``: look at senders."""

from __future__ import annotations

import datetime as dt
import math
import signal
import sys

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import attrs
import click

from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import (
    PAGED_BY_SENDER,
    Client,
    MessageQuery,
    SenderEntry,
    SenderQuery,
    SenderSort,
    Traffic,
)
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.history import change_table
from rateguard.entrypoints.cli.main import LazyGroup
from rateguard.entrypoints.cli.messages import LOOK_BACK, message_table
from rateguard.entrypoints.cli.output.output import (
    Shape,
    as_json,
    draw,
    expect,
    limited,
    redraw,
    say,
    shaped,
    show,
)
from rateguard.entrypoints.cli.output.table import Column, Facts, Line, Part, Row, Table
from rateguard.entrypoints.cli.output.texts import (
    brief_time,
    local_time,
    shown,
    traffic,
)
from rateguard.entrypoints.cli.session import Desk, Session


_COMMANDS = {
    "list": "senders:list_senders",
    "top": "senders:top",
    "show": "senders:show_sender",
    "set": "orders:set_quota",
    "raise": "orders:raise_quota",
    "lock": "orders:lock",
    "unlock": "orders:unlock",
    "reset": "orders:reset",
    "suspend": "orders:suspend",
    "release": "orders:release",
    "remove": "orders:remove",
}


@click.group(cls=LazyGroup, places=_COMMANDS)
def sender() -> None:
    """Show senders, change their quotas, suspend and release them."""


@click.command("list")
@click.option(
    "--sort",
    type=click.Choice([each.value.replace("_", "-") for each in SenderSort]),
    default="recipients",
    show_default=True,
    help="sender: from a to z; all others: largest first.",
)
@click.option(
    "--containing",
    default="",
    callback=lambda _context, _parameter, text: sender_key(text),
    help="Only names that contain this.",
)
@click.option("--over-quota/--within-quota", default=None, help="Only these.")
@click.option("--suspended/--not-suspended", default=None, help="Only these.")
@click.option("--locked/--not-locked", default=None, help="Only these.")
@click.option("--raised/--not-raised", default=None, help="Only these.")
@limited(50)
@click.option(
    "--after",
    metavar="SENDER",
    default="",
    shell_complete=SENDER.shell_complete,
    help="Start after this one; needs --sort recipients or sender.",
)
@click.option(
    "--offset",
    type=click.IntRange(0, 4_294_967_295),
    default=0,
    help="Number of senders to skip.",
)
@shaped
@click.pass_obj
def list_senders(
    session: Session,
    /,
    *,
    shape: Shape,
    sort: str,
    limit: int,
    **wanted: Any,  # noqa: ANN401 - as SenderQuery has them
) -> None:
    """List senders."""
    try:
        query = SenderQuery(
            sort=SenderSort(sort.replace("-", "_")), limit=limit + 1, **wanted
        )
    except OrderRefused as error:
        raise click.BadParameter(str(error), param_hint="--after") from error
    with session.desk() as at_desk:
        expect(shape)
        at = at_desk.now()
        with at_desk.looking() as unit:
            found = unit.reports.senders(query, at=at)
        page = found[:limit]
        more = following(query, page) if len(found) > limit else None
        show(sender_table(page, at), shape, more)


def following(query: SenderQuery, page: Sequence[SenderEntry]) -> Row:
    """Return the options for the page that follows."""
    last = page[-1].counter.sender
    if query.sort in PAGED_BY_SENDER and last.isprintable():
        return {"after": last, "offset": 0 if query.offset else None}
    return {"offset": query.offset + len(page)}


def sender_table(entries: Sequence[SenderEntry], at: dt.datetime) -> Table:
    columns = (
        Column.name("sender", "sender", yields=1),
        Column.number("recipients", "recipients", yields=6),
        Column.number("messages", "messages", yields=3),
        Column.number("quota", "quota_in_force", yields=5),
        _SHARE,
        Column.number("total", "recipients_total", yields=2),
        _STATE,
    )
    rows = [row_of(entry, at) for entry in entries]
    return Table(KEYS, columns, rows, "no senders found")


KEYS = (
    *("sender", "quota", "quota_in_force", "quota_reset"),
    *("messages", "recipients", "share", "messages_total", "recipients_total"),
    *("over_quota", "suspended", "locked", "raised_quota", "raised_until"),
    *("created_at", "changed_at"),
)


def row_of(entry: SenderEntry, at: dt.datetime) -> Row:
    """Return what is told of a sender; its share is of the quota in force."""
    counter = entry.counter
    policy, force = counter.policy, counter.in_force(at)
    raised = policy.raised if policy.raised and policy.raised.holds(at) else None
    return {
        "sender": counter.sender,
        "quota": policy.quota,
        "quota_in_force": force.policy.quota,
        "quota_reset": policy.quota_reset,
        "messages": counter.messages,
        "recipients": counter.recipients,
        "share": force.share,
        "messages_total": counter.messages_total,
        "recipients_total": counter.recipients_total,
        "over_quota": force.over_quota,
        "suspended": policy.suspended,
        "locked": policy.locked,
        "raised_quota": raised.quota if raised else None,
        "raised_until": raised.until if raised else None,
        "created_at": entry.created_at,
        "changed_at": entry.changed_at,
    }


def state(row: Row, told: Callable[[dt.datetime], str] = local_time) -> str:
    """Return what is out of the ordinary with a sender, times as *told*."""
    words = [
        word
        for word in ("suspended", "over quota", "locked")
        if row[word.replace(" ", "_")]
    ]
    if row["raised_quota"] is not None:
        until = row["raised_until"]
        words.append(f"raised until {told(until) if until else 'the reset'}")
    return ", ".join(words)


def _colour(row: Row) -> str:
    if row["suspended"] or row["over_quota"]:
        return "red"
    return "yellow" if row["raised_quota"] is not None else ""


_SHARE = Column("used", lambda row: f"{row['share']} %", right=True, style=_colour)
_STATE = Column(
    "state",
    state,
    style=_colour,
    yields=4,
    short=lambda row: state(row, brief_time),
    least=9,
)


_RANKS = {
    "recipients": SenderSort.RECIPIENTS,
    "messages": SenderSort.MESSAGES,
    "total": SenderSort.RECIPIENTS_TOTAL,
    "blocked": None,
    "share": SenderSort.SHARE,
}


def _number(_context: click.Context, _option: click.Parameter, given: float) -> float:
    # Not NaN, which is neither below nor above any limit.
    if given is not None and math.isnan(given):
        raise click.BadParameter(f"{given} is not a number of seconds.")
    return given


@click.command()
@click.option(
    "--by",
    type=click.Choice(list(_RANKS)),
    default="recipients",
    show_default=True,
    help="blocked: messages since midnight.",
)
@limited(10)
@click.option(
    "--watch",
    type=click.FloatRange(0.1, 86400),
    callback=_number,
    is_flag=False,
    flag_value=2.0,
    metavar="[SECONDS]",
    help="Refresh every 2 (or SECONDS) seconds until Ctrl-C.",
)
@shaped
@click.pass_obj
def top(
    session: Session, *, by: str, limit: int, watch: float | None, shape: Shape
) -> None:
    """Show who sends the most."""
    if watch is not None:
        # A signal that every thread holds back can be waited for.
        signal.pthread_sigmask(signal.SIG_BLOCK, _RESIZED)
    with session.desk() as at_desk, suppress(KeyboardInterrupt):
        expect(shape)
        while True:
            _show_top(at_desk, by, limit, shape, watched=watch is not None)
            if watch is None:
                return
            signal.sigtimedwait(_RESIZED, watch)


_RESIZED = {signal.SIGWINCH}


def _show_top(desk: Desk, by: str, limit: int, shape: Shape, *, watched: bool) -> None:
    at = desk.now()
    with desk.looking() as unit:
        table = _ranked(unit, by, limit=limit, at=at)
    if not (watched and shape.for_people):
        show(table, shape)
        return
    parts: list[Part] = [Line(f"by {by}, {local_time(at)}", "bold"), table]
    if sys.stdout.isatty():
        redraw(parts)
    else:
        draw([*parts, Line()], shape)


def _ranked(unit: UnitOfWork, by: str, *, limit: int, at: dt.datetime) -> Table:
    if sort := _RANKS[by]:
        query = SenderQuery(sort=sort, limit=limit)
        return sender_table(unit.reports.senders(query, at=at), at)
    blocked = unit.reports.blocked(since=start_of_day(at.astimezone()), limit=limit)
    return _blocked_table(
        [(unit.reports.sender(name), name, traffic) for name, traffic in blocked], at
    )


_BLOCKED_KEYS = (
    *("sender", "blocked", "blocked_recipients"),
    *("messages", "recipients", "quota_in_force", "share", "over_quota", "suspended"),
)

_REMOVED: Row = dict.fromkeys(
    (*_BLOCKED_KEYS, "locked", "raised_quota", "raised_until")
)


def _blocked_table(
    found: Sequence[tuple[SenderEntry | None, str, Traffic]], at: dt.datetime
) -> Table:
    columns = (
        Column.name("sender", "sender", yields=1),
        Column.number("blocked", "blocked"),
        Column.number("to recipients", "blocked_recipients", yields=2),
        Column.number("quota", "quota_in_force", yields=3),
        _SHARE,
        _STATE,
    )
    rows = [
        {
            **(row_of(entry, at) if entry else _REMOVED),
            "sender": sender,
            "blocked": traffic.blocked,
            "blocked_recipients": traffic.recipients,
        }
        for entry, sender, traffic in found
    ]
    return Table(_BLOCKED_KEYS, columns, rows, "nothing blocked today")


@click.command("show")
@click.argument("name", metavar="SENDER", type=SENDER)
@shaped
@click.pass_obj
def show_sender(session: Session, *, name: str, shape: Shape) -> None:
    """
    Show everything about a sender.

    Clients and messages are those of the last 24 hours.
    """
    with session.desk() as at_desk:
        expect(shape)
        at = at_desk.now()
        since = at - LOOK_BACK
        with at_desk.looking() as unit:
            row = row_of(known(unit, name), at)
            query = MessageQuery(since=since, sender=name, limit=_MOST)
            messages = unit.reports.messages(query)
            clients = client_table(unit.reports.clients(name, since=since, limit=_MOST))
            changes = unit.history.find(sender=name, limit=_MOST)
        if shape is Shape.JSON:
            found = {
                **row,
                "clients": clients.for_scripts(),
                "last_messages": message_table(messages).for_scripts(),
                "history": change_table(changes).for_scripts(),
            }
            say(as_json(found))
        elif shape is Shape.CSV:
            show(Table(KEYS, (), [row]), shape)
        else:
            parts: list[Part] = [Line(shown(name), "bold"), Facts(list(_facts(row)))]
            for title, table in (
                ("Clients of the last 24 hours", clients),
                ("Last messages", message_table(messages, of_one=True)),
                ("History", change_table(changes, of_one=True)),
            ):
                parts += [Line(), Line(title, "bold"), table]
            draw(parts, shape)


_MOST = 10


def known(unit: UnitOfWork, sender: str) -> SenderEntry:
    """
    Return a sender that there is.

    Raises:
        UnknownSender: there is none of this name.
    """
    entry = unit.reports.sender(sender)
    if entry is None:
        raise UnknownSender(sender)
    return entry


def client_table(clients: Sequence[Client]) -> Table:
    columns = [
        Column.name("client address", "address", yields=5),
        Column.of("name", "name", yields=3, least=12),
        Column.number("messages", "messages"),
        Column.number("recipients", "recipients", yields=1),
        Column.number("blocked", "blocked"),
        Column.time("first at", "first_at", yields=2),
        Column.time("last at", "last_at", yields=4),
    ]
    rows = [{**row, **row["traffic"]} for row in map(attrs.asdict, clients)]
    return Table(_CLIENT_KEYS, columns, rows, "no messages in that time")


_CLIENT_KEYS = (
    *("address", "name", "messages", "recipients", "blocked", "first_at", "last_at"),
)


def _facts(row: Row) -> Iterator[tuple[str, str | Line]]:
    used = f"{traffic(row['messages'], row['recipients'])}: {row['share']} %"
    yield "used", Line(used, _colour(row))
    yield "quota", _quota(row)
    yield "state", Line(state(row) or "normal", _colour(row))
    yield "total", traffic(row["messages_total"], row["recipients_total"])
    for name, key in (("first seen", "created_at"), ("last changed", "changed_at")):
        yield name, local_time(row[key]) if row[key] else "unknown"


def _quota(row: Row) -> str:
    reset = row["quota"] if row["locked"] else row["quota_reset"]
    then = f"{row['quota']:,}"
    if reset != row["quota"]:
        then += f"; after the next reset {reset:,}"
    if row["raised_quota"] is None:
        return then
    until = row["raised_until"]
    end = local_time(until) if until else "the next reset"
    return f"{row['raised_quota']:,} until {end}; without the raise {then}"
