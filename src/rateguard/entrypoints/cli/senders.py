"""``rateguard sender``: look at senders."""

from __future__ import annotations

import datetime as dt
import enum
import math
import time

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import attrs
import click

from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.orders import Change
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import (
    PAGED_BY_SENDER,
    Client,
    LoggedMessage,
    MessageQuery,
    SenderEntry,
    SenderQuery,
    SenderSort,
    Traffic,
)
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.main import LazyGroup
from rateguard.entrypoints.cli.output.output import (
    Shape,
    as_json,
    draw,
    expect,
    say,
    shaped,
    show,
)
from rateguard.entrypoints.cli.output.table import (
    Column,
    Facts,
    Line,
    Part,
    Row,
    Table,
    Zone,
    named,
    number,
)
from rateguard.entrypoints.cli.output.texts import local_time, shown, traffic
from rateguard.entrypoints.cli.session import Session


LIMIT = click.IntRange(1, 1_000_000)
OFFSET = click.IntRange(0, 4_294_967_295)
ID = click.IntRange(1, 9_223_372_036_854_775_807)


KEYS = (
    *("sender", "quota", "quota_in_force", "quota_reset"),
    *("messages", "recipients", "share", "messages_total", "recipients_total"),
    *("over_quota", "suspended", "locked", "raised_quota", "raised_until"),
    *("created_at", "changed_at"),
)
_EMPTY = 0
_FULL = 100


def row_of(entry: SenderEntry, at: dt.datetime) -> Row:
    """
    Return what is told of a sender. The share is in percent of the quota in
    force, rounded down.
    """
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
        "share": share(max(counter.messages, counter.recipients), force.policy.quota),
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


def share(used: int, quota: int) -> int:
    """
    Return used in percent of the quota; a quota of nothing is full once
    anything was asked.
    """
    if quota:
        return used * 100 // quota
    return _FULL if used else _EMPTY


def state(row: Row, zone: Zone = None) -> str:
    """Return what is out of the ordinary with a sender."""
    words = [word for word in ("suspended", "over quota", "locked") if _is(row, word)]
    if row["raised_quota"] is not None:
        until = row["raised_until"]
        end = local_time(until, zone) if until else "the reset"
        words.append(f"raised until {end}")
    return ", ".join(words)


def _is(row: Row, word: str) -> bool:
    return bool(row[word.replace(" ", "_")])


def colour(row: Row) -> str:
    """Return the colour of a sender who needs attention."""
    if row["suspended"] or row["over_quota"]:
        return "red"
    return "yellow" if row["raised_quota"] is not None else ""


SHARE = Column("used", lambda row: f"{row['share']} %", right=True, style=colour)
STATE = Column("state", state, style=colour)

COLUMNS = (
    named("sender", "sender"),
    number("recipients", "recipients"),
    number("messages", "messages"),
    number("quota", "quota_in_force"),
    SHARE,
    number("recipients ever", "recipients_total"),
    STATE,
)


def sender_table(entries: Sequence[SenderEntry], at: dt.datetime) -> Table:
    """Return a table of senders."""
    rows = [row_of(entry, at) for entry in entries]
    return Table(KEYS, COLUMNS, rows, "no such senders")


_MESSAGE_KEYS = tuple(field.name for field in attrs.fields(LoggedMessage))
_CLIENT_KEYS = ("address", "name", "messages", "recipients", "blocked", "last_at")
_CHANGE_KEYS = ("at", "by", "action", "sender", "changes", "reason")
_BLOCKED_KEYS = (
    *("sender", "blocked", "blocked_recipients"),
    *("messages", "recipients", "quota_in_force", "share", "over_quota", "suspended"),
)


def _client(row: Row) -> str:
    return f"{row['client_name'] or 'unknown'}[{row['client_address'] or 'unknown'}]"


def _verdict(row: Row) -> str:
    return "blocked" if row["blocked"] else "accepted"


def _red(row: Row) -> str:
    return "red" if row["blocked"] else ""


VERDICT = Column("verdict", _verdict, style=_red)


def message_table(messages: Sequence[LoggedMessage], *, of_one: bool = False) -> Table:
    """Return a table of messages, without the sender if they are *of_one*."""
    columns = [
        named("at", "at"),
        named("queue id", "queue_id"),
        named("sender", "sender"),
        Column("client", _client),
        number("recipients", "recipients"),
        VERDICT,
        named("from", "from_address"),
    ]
    if of_one:
        del columns[2]
    rows = [attrs.asdict(message) for message in messages]
    return Table(_MESSAGE_KEYS, columns, rows, "no messages in that time")


def client_table(clients: Sequence[Client]) -> Table:
    """Return a table of where messages came from."""
    columns = [
        named("client address", "address"),
        named("name", "name"),
        number("messages", "messages"),
        number("recipients", "recipients"),
        number("blocked", "blocked"),
        named("last at", "last_at"),
    ]
    rows = [
        {
            "address": client.address,
            "name": client.name,
            **attrs.asdict(client.traffic),
            "last_at": client.last_at,
        }
        for client in clients
    ]
    return Table(_CLIENT_KEYS, columns, rows, "no messages in that time")


def change_table(changes: Sequence[Change], *, of_one: bool = False) -> Table:
    """Return a table of what operators did."""
    columns = [
        named("at", "at"),
        named("by", "by"),
        named("action", "action"),
        named("sender", "sender"),
        Column("changes", lambda row: said(row["changes"])),
        named("reason", "reason"),
    ]
    if of_one:
        del columns[3]
    rows = [
        {
            "at": change.at,
            "by": change.by,
            "action": change.action,
            "sender": change.sender,
            "changes": [attrs.asdict(field) for field in change.fields],
            "reason": change.reason,
        }
        for change in changes
    ]
    return Table(_CHANGE_KEYS, columns, rows, "nothing was changed")


def said(changes: Sequence[Mapping[str, str]]) -> str:
    """Return what was changed, on one line."""
    # Everybody has a quota who is there.
    removed = any(each["name"] == "quota" and not each["after"] for each in changes)
    return ", ".join(
        f"{each['name'].replace('_', ' ')} {_value(each['before'])}"
        + ("" if removed else f" -> {_value(each['after'])}")
        for each in changes
    )


def _value(text: str) -> str:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text or "none"
    # A number of eight figures is a date, too.
    return text if text.isdecimal() else local_time(at)


def blocked_table(
    found: Sequence[tuple[SenderEntry | None, str, Traffic]], at: dt.datetime
) -> Table:
    """Return a table of the senders of whom most was not admitted."""
    rows = [
        {
            **(row_of(entry, at) if entry else _NOBODY),
            "sender": sender,
            "blocked": traffic.blocked,
            "blocked_recipients": traffic.recipients,
        }
        for entry, sender, traffic in found
    ]
    columns = (
        named("sender", "sender"),
        number("blocked", "blocked"),
        number("their recipients", "blocked_recipients"),
        number("quota", "quota_in_force"),
        SHARE,
        STATE,
    )
    return Table(_BLOCKED_KEYS, columns, rows, "nothing was blocked today")


_NOBODY: Row = dict.fromkeys((*_BLOCKED_KEYS, "locked", "raised_quota", "raised_until"))
"""Of a sender who was removed."""


class Rank(enum.Enum):
    """By what senders are ranked."""

    RECIPIENTS = "recipients"
    MESSAGES = "messages"
    TOTAL = "total"
    BLOCKED = "blocked"
    SHARE = "share"


_RANKED_BY = {
    Rank.RECIPIENTS: SenderSort.RECIPIENTS,
    Rank.MESSAGES: SenderSort.MESSAGES,
    Rank.TOTAL: SenderSort.RECIPIENTS_TOTAL,
    Rank.SHARE: SenderSort.SHARE,
}


def ranked(unit: UnitOfWork, rank: Rank, *, limit: int, at: dt.datetime) -> Table:
    """
    Return a table of those before all others; by blocked messages since the
    local midnight.
    """
    if rank is not Rank.BLOCKED:
        query = SenderQuery(sort=_RANKED_BY[rank], limit=limit)
        return sender_table(unit.reports.senders(query, at=at), at)
    blocked = unit.reports.blocked(since=start_of_day(at.astimezone()), limit=limit)
    found = [(unit.reports.sender(name), name, traffic) for name, traffic in blocked]
    return blocked_table(found, at)


LOOK_BACK = dt.timedelta(days=1)
_MOST = 10


@attrs.frozen
class Portrait:
    """
    All that is known of one sender.

    Attributes:
        at: When it was asked for.
    """

    at: dt.datetime
    entry: SenderEntry
    messages: list[LoggedMessage]
    clients: list[Client]
    history: list[Change]

    @classmethod
    def of(cls, unit: UnitOfWork, sender: str, at: dt.datetime) -> Portrait:
        """
        Look everything up; messages of the last day only.

        Raises:
            UnknownSender: there is no such sender.
        """
        entry = unit.reports.sender(sender)
        if entry is None:
            raise UnknownSender(sender)
        since = at - LOOK_BACK
        asked = MessageQuery(since=since, sender=sender, limit=_MOST)
        return cls(
            at,
            entry,
            unit.reports.messages(asked),
            unit.reports.clients(sender, since=since, limit=_MOST),
            unit.history.find(sender=sender, limit=_MOST),
        )

    def for_scripts(self) -> Row:
        """Return everything as one object."""
        return {
            **row_of(self.entry, self.at),
            "clients": client_table(self.clients).rows,
            "last_messages": message_table(self.messages).rows,
            "history": change_table(self.history).rows,
        }

    def table(self) -> Table:
        """Return the sender alone, as in a list."""
        return Table(KEYS, (), [row_of(self.entry, self.at)])

    def for_people(self) -> Iterator[Part]:
        """Yield what is drawn."""
        row = row_of(self.entry, self.at)
        yield Line(shown(row["sender"]), "bold")
        yield Facts(list(_facts(row)))
        for title, table in (
            ("Clients of the last 24 hours", client_table(self.clients)),
            ("Last messages", message_table(self.messages, of_one=True)),
            ("History", change_table(self.history, of_one=True)),
        ):
            yield Line()
            yield Line(title, "bold")
            yield table


def _facts(row: Row) -> Iterator[tuple[str, str | Line]]:
    used = f"{traffic(row['messages'], row['recipients'])}: {row['share']} %"
    yield "used", Line(used, colour(row))
    yield "quota", _quota(row)
    yield "state", Line(state(row) or "nothing out of the ordinary", colour(row))
    yield "ever", traffic(row["messages_total"], row["recipients_total"])
    for name, key in (("first seen", "created_at"), ("last changed", "changed_at")):
        yield name, local_time(row[key]) if row[key] else "unknown"


def _quota(row: Row) -> str:
    reset = row["quota"] if row["locked"] else row["quota_reset"]
    then = f"{row['quota']:,}, from the next reset on {reset:,}"
    if row["raised_quota"] is None:
        return then
    until = row["raised_until"]
    end = local_time(until) if until else "the next reset"
    return f"{row['raised_quota']:,} until {end}; without the raise {then}"


_SORTS = [each.value.replace("_", "-") for each in SenderSort]


@click.command("list")
@click.option(
    "--sort",
    type=click.Choice(_SORTS),
    default="recipients",
    show_default=True,
    help="Names from a to z, all else from the largest.",
)
@click.option(
    "--containing",
    default="",
    callback=lambda _context, _parameter, text: sender_key(text),
    help="Only names with this in them.",
)
@click.option("--over-quota/--within-quota", default=None, help="Only those.")
@click.option("--suspended/--not-suspended", default=None, help="Only those.")
@click.option("--locked/--not-locked", default=None, help="Only those.")
@click.option("--raised/--not-raised", default=None, help="Only those.")
@click.option("--limit", type=LIMIT, default=50, show_default=True)
@click.option(
    "--after",
    metavar="SENDER",
    default="",
    shell_complete=SENDER.shell_complete,
    help="Begin behind this one; only by recipients or sender.",
)
@click.option("--offset", type=OFFSET, default=0, help="Skip so many.")
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
        return {"after": last, "offset": None}
    return {"offset": query.offset + len(page)}


class _Seconds(click.FloatRange):
    """Not NaN, which is neither below nor above any limit."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Return the number."""
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


@click.command()
@click.option(
    "--by",
    type=click.Choice([each.value for each in Rank]),
    default=Rank.RECIPIENTS.value,
    show_default=True,
    help="blocked: messages since midnight.",
)
@click.option("--limit", type=LIMIT, default=10, show_default=True)
@click.option(
    "--watch",
    type=_Seconds(0.1, 86400),
    is_flag=False,
    flag_value=2.0,
    metavar="[SECONDS]",
    help="Again every so often (2), until Ctrl-C.",
)
@shaped
@click.pass_obj
def top(
    session: Session, *, by: str, limit: int, watch: float | None, shape: Shape
) -> None:
    """Show who sends the most."""
    with session.desk() as at_desk, suppress(KeyboardInterrupt):
        expect(shape)
        while True:
            at = at_desk.now()
            with at_desk.looking() as unit:
                table = ranked(unit, Rank(by), limit=limit, at=at)
            if watch is not None:
                click.clear()
            if watch is not None and shape is Shape.PEOPLE:
                draw([Line(f"by {by}, {local_time(at)}", "bold"), table, Line()])
            else:
                show(table, shape)
            if watch is None:
                return
            time.sleep(watch)


@click.command("show")
@click.argument("name", metavar="SENDER", type=SENDER)
@shaped
@click.pass_obj
def show_sender(session: Session, *, name: str, shape: Shape) -> None:
    """
    Show all that is known of a sender.

    Messages and clients are those of the last 24 hours.
    """
    with session.desk() as at_desk:
        expect(shape)
        with at_desk.looking() as unit:
            portrait = Portrait.of(unit, name, at_desk.now())
        if shape is Shape.JSON:
            say(as_json(portrait.for_scripts()))
        elif shape is Shape.CSV:
            show(portrait.table(), shape)
        else:
            draw(portrait.for_people())


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
    """See senders, change their quotas, stop and release them."""
