"""
``rateguard sender show``.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator

import attrs

from rateguard.domain.errors import UnknownSender
from rateguard.domain.history import Change
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import Client, LoggedMessage, MessageQuery, SenderEntry
from rateguard.entrypoints.display.table import Facts, Line, Part, Row, Table
from rateguard.entrypoints.display.texts import local_time, shown, traffic
from rateguard.entrypoints.senders.logged import (
    change_table,
    client_table,
    message_table,
)
from rateguard.entrypoints.senders.rows import KEYS, colour, row_of, state


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
            raise UnknownSender(
                f"no sender {shown(sender)}: he has sent nothing yet;"
                " see rateguard sender list"
            )
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
        """
        Return everything as one object.
        """
        return {
            **row_of(self.entry, self.at),
            "clients": client_table(self.clients).rows,
            "last_messages": message_table(self.messages).rows,
            "history": change_table(self.history).rows,
        }

    def table(self) -> Table:
        """
        Return the sender alone, as in a list.
        """
        return Table(KEYS, (), [row_of(self.entry, self.at)])

    def for_people(self) -> Iterator[Part]:
        """
        Yield what is drawn.
        """
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
