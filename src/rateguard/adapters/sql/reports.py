"""
Reports over ``ratelimits`` and ``messages``.
"""

from __future__ import annotations

import datetime as dt

from rateguard.adapters.sql import report_statements as reporting
from rateguard.adapters.sql.counters import counter_of
from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.report_conditions import (
    Condition,
    of_messages,
    of_senders,
    where,
)
from rateguard.adapters.sql.transaction import Transaction
from rateguard.domain.reports import (
    Client,
    LoggedMessage,
    MessageQuery,
    SenderEntry,
    SenderQuery,
    SenderSort,
    Totals,
    Traffic,
)


_TIMES_IN_SORT = {SenderSort.QUOTA: 1, SenderSort.SHARE: 2}


class SqlReports:
    """
    Implements ``Reports``.

    There is no index over counters, nor one over the senders or queue ids of
    messages: every message would pay for it. Senders are read all, messages
    from the first of the time that is asked for.
    """

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def senders(self, query: SenderQuery, *, at: dt.datetime) -> list[SenderEntry]:
        """
        One query. Where many are skipped, they are sorted by id alone.
        """
        now = as_text(at)
        conditions, values = where("", list(of_senders(query, now)))
        order = f" ORDER BY {reporting.ORDERS[query.sort]}"
        times = [now] * _TIMES_IN_SORT.get(query.sort, 0)
        page = conditions + order + reporting.PAGE
        values += [*times, query.limit, query.offset]
        statement = reporting.SENDERS + page
        if query.offset:
            statement = reporting.LATER_PAGE % page + order
            values += times
        return [_entry(row) for row in self._transaction.select(statement, values)]

    def sender(self, sender: str) -> SenderEntry | None:
        """
        By the unique index.
        """
        statement = f"{reporting.SENDERS} WHERE {reporting.OF_NAME}"
        rows = self._transaction.select(statement, (sender,))
        return _entry(rows[0]) if rows else None

    def totals(self, *, at: dt.datetime) -> Totals:
        """
        One query.
        """
        (row,) = self._transaction.select(reporting.TOTALS, (as_text(at),))
        return Totals(*row)

    def messages(self, query: MessageQuery) -> list[LoggedMessage]:
        """
        From the newest backwards.
        """
        first = self._first_since(query.since)
        if first is None:
            return []
        conditions = list(of_messages(query))
        if query.sender:
            conditions.append(self._of_sender(query.sender))
        statement, values = where(
            reporting.MESSAGES, conditions, [first, as_text(query.since)]
        )
        rows = self._transaction.select(
            statement + reporting.NEWEST, [*values, query.limit]
        )
        return [_message(row) for row in rows]

    def clients(self, sender: str, *, since: dt.datetime, limit: int) -> list[Client]:
        """
        One query, over the messages of that time.
        """
        first = self._first_since(since)
        if first is None:
            return []
        statement, values = where(
            reporting.CLIENTS, [self._of_sender(sender)], [first, as_text(since)]
        )
        found = self._transaction.select(
            statement + reporting.BUSIEST, [*values, limit]
        )
        return [
            Client(address, name, _traffic(*counts), as_time(last))
            for address, name, *counts, last in found
        ]

    def blocked(self, *, since: dt.datetime, limit: int) -> list[tuple[str, Traffic]]:
        """
        One query, over the messages of that time.
        """
        first = self._first_since(since)
        if first is None:
            return []
        rows = self._transaction.select(
            reporting.BLOCKED, (first, as_text(since), limit)
        )
        return [
            (sender, _traffic(messages, recipients, messages))
            for sender, messages, recipients in rows
        ]

    def minutes(self, *, since: dt.datetime) -> list[tuple[dt.datetime, Traffic]]:
        """
        One query, over the messages of that time.
        """
        first = self._first_since(since)
        if first is None:
            return []
        rows = self._transaction.select(reporting.MINUTES, (first, as_text(since)))
        return [(_minute(minute), _traffic(*counts)) for minute, *counts in rows]

    def _first_since(self, since: dt.datetime) -> int | None:
        rows = self._transaction.select(reporting.FIRST_SINCE, (as_text(since),))
        first: int | None = rows[0][0]
        return first

    def _of_sender(self, sender: str) -> Condition:
        """
        By his row where there is one: that is indexed in MySQL, and in a table
        that policyd-rate-guard made, names are compared without accents. By his
        name only what belongs to nobody: he was removed after it.
        """
        rows = self._transaction.select(reporting.SENDER_ID, (sender,))
        if rows:
            return reporting.OF_ROW, [rows[0][0], sender, sender]
        return reporting.OF_NOBODY, [sender, sender]


def _entry(row: Row) -> SenderEntry:
    name, created, changed, *columns = row
    return SenderEntry(
        counter_of(name.rstrip(" "), columns),
        as_time(created) if created else None,
        as_time(changed) if changed else None,
    )


def _minute(value: str | int) -> dt.datetime:
    if isinstance(value, str):
        return as_time(value)
    return dt.datetime.fromtimestamp(value * 60, dt.UTC)


def _message(row: Row) -> LoggedMessage:
    at, queue_id, sender, address, name, recipients, blocked, from_, to = row
    return LoggedMessage(
        as_time(at),
        queue_id,
        sender,
        address,
        name,
        recipients,
        bool(blocked),
        from_,
        to or "",
    )


def _traffic(messages: int, recipients: int, blocked: int) -> Traffic:
    # Sums come as Decimal from some drivers.
    return Traffic(int(messages), int(recipients), int(blocked))
