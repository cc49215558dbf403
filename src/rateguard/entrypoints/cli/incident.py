"""``rateguard incident``: a sender whose account somebody else may have."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
import shlex
import sys

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import click

from rateguard.domain.orders import SUSPEND
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import (
    Client,
    LoggedMessage,
    MessageQuery,
    SenderEntry,
    Traffic,
)
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.messages import LOOK_BACK
from rateguard.entrypoints.cli.orders import answer, carry_out
from rateguard.entrypoints.cli.output.moments import BACK
from rateguard.entrypoints.cli.output.output import (
    Shape,
    as_json,
    draw,
    expect,
    say,
    shaped,
)
from rateguard.entrypoints.cli.output.table import Chart, Line, Part
from rateguard.entrypoints.cli.output.texts import brief_time, shown, traffic
from rateguard.entrypoints.cli.senders import client_table, known, row_of, state
from rateguard.entrypoints.cli.session import Session


@click.command()
@click.argument("name", metavar="SENDER", type=SENDER)
@click.option("--since", type=BACK, help="18:00, -3d or '2026-12-01 18:00'; else -24h.")
@click.option(
    "--queue-ids", is_flag=True, help="Only those of accepted mail, for postsuper -d -"
)
@functools.partial(shaped, shapes=(Shape.WIDE, Shape.JSON))
@click.pass_obj
def incident(
    session: Session,
    *,
    name: str,
    since: dt.datetime | None,
    queue_ids: bool,
    shape: Shape,
) -> None:
    """
    Show what a sender is doing and from where; offer to suspend it.

    To delete its mail that is still in Postfix's queue, as root:
    rateguard incident SENDER --queue-ids | postsuper -d -
    """
    with session.desk() as at_desk:
        expect(shape)
        at = at_desk.now()
        begin = since or at - LOOK_BACK
        with at_desk.looking() as unit:
            entry = known(unit, name)
            if queue_ids:
                ids = queue_ids_of(accepted_messages(unit, name, begin))
                say("".join(f"{each}\n" for each in ids))
                return
            found = Incident.of(unit, entry, at, begin)
        if shape is Shape.JSON:
            say(as_json(found.for_scripts()))
            return
        settings = ["--env-file", str(session.env_file)] if session.env_file else []
        from_then = ["--since", since.isoformat()] if since else []
        words = ["rateguard", *settings, "incident", "--queue-ids", *from_then]
        delete = f"{shlex.join([*words, '--', name])} | postsuper -d -"
        draw(found.for_people(delete), shape)
        somebody_is_there = sys.stdin.isatty() and sys.stdout.isatty()
        if entry.counter.policy.suspended or not somebody_is_there:
            return
        if click.confirm(f"Suspend {shown(name)}?"):
            change = carry_out(at_desk, name, SUSPEND, reason="incident")
            say(answer(change) + "\n")


_PAGE = 20_000
"""Messages, read in a fraction of a second."""

_ADDRESSES = 100
"""Of clients, the busiest, at which to look for other senders."""

_OTHERS = 50


@attrs.frozen
class Incident:
    """
    What a sender did lately.

    Attributes:
        messages: The newest, accepted or not, newest first; all of them, or as many
            as are read at once.
        accepted: All that were accepted.
        others: Who else sent from the addresses of its clients.
    """

    entry: SenderEntry
    at: dt.datetime
    since: dt.datetime
    messages: Sequence[LoggedMessage]
    accepted: Sequence[LoggedMessage]
    clients: Sequence[Client]
    others: Sequence[tuple[str, Traffic]]

    @classmethod
    def of(
        cls, unit: UnitOfWork, entry: SenderEntry, at: dt.datetime, since: dt.datetime
    ) -> Incident:
        sender = entry.counter.sender
        query = MessageQuery(since=since, sender=sender, limit=_PAGE)
        messages = unit.reports.messages(query)
        if len(messages) < _PAGE:
            accepted = [message for message in messages if not message.blocked]
        else:
            accepted = list(accepted_messages(unit, sender, since))
        clients = unit.reports.clients(sender, since=since, limit=_PAGE)
        there = [each.address for each in clients if each.address][:_ADDRESSES]
        found = unit.reports.senders_at(there, since=since, limit=_OTHERS + 1)
        others = [each for each in found if each[0] != sender]
        return cls(entry, at, since, messages, accepted, clients, others)

    def for_scripts(self) -> dict[str, Any]:
        minutes, rate = self.rate()
        return {
            **row_of(self.entry, self.at),
            "since": self.since,
            "complete": len(self.messages) < _PAGE,
            "clients": client_table(self.clients).for_scripts(),
            "rate_minutes": minutes,
            "rate": [
                {"at": at, "accepted": accepted, "blocked": blocked}
                for at, accepted, blocked in rate
            ],
            "other_senders": [
                {"sender": name, **attrs.asdict(each)} for name, each in self.others
            ],
            "queue_ids": queue_ids_of(self.accepted),
        }

    def rate(self) -> tuple[int, list[tuple[dt.datetime, int, int]]]:
        """
        Return how many minutes long a bar of the chart is, and when each begins, with
        the messages that were accepted and blocked in it; from the first one to now.
        """
        first = self.messages[-1].at if self.messages else self.at
        for minutes in itertools.chain(_STEPS, itertools.count(_DAY, _DAY)):
            step = minutes * _MINUTE
            begin = first - (first - _EPOCH) % step
            count = (self.at - begin) // step + 1
            if count <= _MOST_BARS:
                break
        counts = [[0, 0] for _ in range(count)]
        for message in self.messages:
            # A clock that was set back is no reason to fail.
            counts[min((message.at - begin) // step, count - 1)][message.blocked] += 1
        return minutes, [
            (begin + n * step, accepted, blocked)
            for n, (accepted, blocked) in enumerate(counts)
        ]

    def for_people(self, delete: str) -> Iterator[Part]:
        """Yield a screenful; *delete* is the command that empties the queue."""
        row = row_of(self.entry, self.at)
        recipients = sum(message.recipients for message in self.accepted)
        blocked = sum(message.blocked for message in self.messages)
        used = f"{row['share']} % of a quota of {row['quota_in_force']:,}"
        yield Line(shown(row["sender"]), "bold")
        yield Line(f"{used}; {state(row) or 'neither over quota nor suspended'}", "red")
        yield Line(
            f"{traffic(len(self.accepted), recipients)} accepted, {blocked:,} blocked"
            f" since {brief_time(self.since)}"
        )
        yield Line()
        yield client_table(self.clients[:_FEW])
        if len(self.clients) > _FEW:
            yield Line(f"and {len(self.clients) - _FEW:,} more addresses")
        yield Line()
        minutes, rate = self.rate()
        every = "in a minute" if minutes == 1 else f"in {minutes:,} minutes"
        for name, style, height, values in (
            ("accepted", "green", 2, [accepted for _, accepted, _ in rate]),
            ("blocked", "red", 1, [blocked for _, _, blocked in rate]),
        ):
            title = f"{name}, up to {max(values):,} {every}"
            yield Chart(title, values, height, style, width=1)
        begin, end = brief_time(rate[0][0]), brief_time(self.at)
        yield Line(f"{begin}{end:>{max(len(rate) - len(begin), len(end) + 2)}}")
        if self.others:
            few = [f"{shown(name)} ({each.messages:,})" for name, each in self.others]
            yield Line("From the same addresses: " + _some(few, _FEW))
        if ids := queue_ids_of(self.accepted):
            yield Line("Accepted, newest first: " + _some(ids, _FEW))
            yield Line("To delete what is still queued, as root:")
            yield Line(delete, "bold")


_FEW = 3

_MOST_BARS = 75
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 240, 720)
_DAY = 1440
_MINUTE = dt.timedelta(minutes=1)
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


def _some(texts: Sequence[str], most: int) -> str:
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def accepted_messages(
    unit: UnitOfWork, sender: str, since: dt.datetime
) -> Iterator[LoggedMessage]:
    """Yield all that were accepted, however many, the newest first."""
    query = MessageQuery(since=since, sender=sender, blocked=False, limit=_PAGE)
    while True:
        page = unit.reports.messages(query)
        yield from page
        if len(page) < query.limit:
            return
        query = attrs.evolve(query, after=page[-1].id)


def queue_ids_of(messages: Iterable[LoggedMessage]) -> list[str]:
    """
    Return the queue ids that Postfix can have given. Source: mail_queue_id_ok() in
    its mail_queue.c; the shortest has 6 characters, so ALL, which postsuper takes for
    every message, is none.
    """
    found = dict.fromkeys(message.queue_id for message in messages)
    return [each for each in found if re.fullmatch("[0-9A-Za-z]{6,255}", each)]
