"""Reports over ``messages``."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator, Sequence

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.reports import queries
from rateguard.adapters.sql.reports.queries import (
    ID_RANGE,
    Condition,
    of_messages,
    where,
)
from rateguard.adapters.sql.reports.reading_ahead import read_ahead
from rateguard.adapters.sql.reports.side_by_side import Asking, Question
from rateguard.domain.reports import Client, LoggedMessage, MessageQuery, Traffic


_MINUTE = dt.timedelta(minutes=1)

_AT_MOST = 1000
"""Ids in a statement; with many more, MySQL reads all there are."""


class SqlMessageReports:
    """
    The part of ``Reports`` that is about messages.

    There is no index over their senders or queue ids: every message would pay
    for it. They are read from the first of the time that is asked for.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def messages(self, query: MessageQuery) -> list[LoggedMessage]:
        """From the newest backwards."""
        first = self._first_since(query.since)
        last = self._last_until(query.until)
        if first is None or last is None:
            return []
        conditions = list(of_messages(query))
        if query.sender:
            conditions.append(self._of_sender(query.sender))
        searched = bool(query.client or query.queue_id)
        at_once = self._asking.readers
        if searched:
            at_once = max(at_once, self._asking.searchers)
        questions: list[Question] = []
        for ids in reversed(self._asking.ranges(first, last, parts=at_once)):
            in_range: Condition = (ID_RANGE, [*ids])
            statement, values = where(
                queries.MESSAGE_IDS if searched else queries.MESSAGES,
                [in_range, *conditions],
                [as_text(query.since)],
            )
            questions.append((statement + queries.NEWEST, [*values, query.limit]))
        parts = self._asking.answers(questions, at_once=at_once)
        rows = [row for part in parts for row in part][: query.limit]
        if searched:
            rows = self._with_ids([row[0] for row in rows])
        return [_message(row) for row in rows]

    def _with_ids(self, ids: Sequence[int]) -> list[Row]:
        transaction = self._asking.transaction
        found: dict[int, Row] = {}
        for begin in range(0, len(ids), _AT_MOST):
            some = ids[begin : begin + _AT_MOST]
            for piece in transaction.dialect.pieces(some):
                count = len(piece)
                rows = transaction.select(queries.THESE_MESSAGES, piece, count=count)
                found |= {row[0]: row[1:] for row in rows}
        return [found[each] for each in ids if each in found]

    def clients(self, sender: str, *, since: dt.datetime, limit: int) -> list[Client]:
        """One query, over the messages of that time."""
        first = self._first_since(since)
        if first is None:
            return []
        wanted = self._of_sender(sender)
        read_ahead(self._asking, sender, wanted, first=first)
        statement, values = where(queries.CLIENTS, [wanted], [first, as_text(since)])
        found = self._asking.select(statement + queries.BUSIEST, [*values, limit])
        return [
            Client(address, name, _traffic(*counts), as_time(last))
            for address, name, *counts, last in found
        ]

    def blocked(self, *, since: dt.datetime, limit: int) -> list[tuple[str, Traffic]]:
        """Two queries, over the index of times."""
        begin = as_text(since)
        last = self._asking.select(queries.MOST_BLOCKED, (begin, max(0, limit - 1)))
        least = last[0][0] if last else 0
        rows = self._asking.select(queries.BLOCKED, (begin, least, begin, begin, limit))
        return [
            (sender, _traffic(messages, recipients, messages))
            for sender, messages, recipients in rows
        ]

    def minutes(self, *, since: dt.datetime) -> list[tuple[dt.datetime, Traffic]]:
        """One query for each part of that time, over the index of times."""
        newest = self._asking.select(queries.NEWEST_TIME)[0][0]
        if newest is None or as_time(newest) < since:
            return []
        questions: list[Question] = []
        for begin, end in self._times(since, as_time(newest)):
            before: list[Condition] = [(queries.UNTIL, [as_text(end)])] if end else []
            statement, values = where(queries.MINUTES, before, [as_text(begin)])
            questions.append((statement + queries.BY_MINUTE, values))
        rows = [row for part in self._asking.answers(questions) for row in part]
        return [(_minute(minute), _traffic(*counts)) for minute, *counts in rows]

    def _times(
        self, first: dt.datetime, last: dt.datetime
    ) -> Iterator[tuple[dt.datetime, dt.datetime | None]]:
        """Yield parts of a time that end with a minute; the last has no end."""
        parts = self._asking.readers
        length = (last - first) // _MINUTE // parts * _MINUTE
        begin = first
        for number in range(1, parts if length else 1):
            end = first.replace(second=0, microsecond=0) + number * length
            yield begin, end
            begin = end
        yield begin, None

    def _first_since(self, since: dt.datetime) -> int | None:
        rows = self._asking.select(queries.FIRST_SINCE, (as_text(since),))
        first: int | None = rows[0][0]
        return first

    def _last_until(self, until: dt.datetime | None) -> int | None:
        if until is None:
            rows = self._asking.select(statements.LATEST_MESSAGE)
        else:
            rows = self._asking.select(queries.LAST_UNTIL, (as_text(until),))
        last: int | None = rows[0][0]
        return last

    def _of_sender(self, sender: str) -> Condition:
        """
        By his row where there is one: that is indexed in MySQL, and in a table
        that policyd-rate-guard made, names are compared without accents. By his
        name only what belongs to nobody: he was removed after it.
        """
        rows = self._asking.select(queries.SENDER_ID, (sender,))
        if rows:
            return queries.OF_ROW, [rows[0][0], sender, sender]
        return queries.OF_NOBODY, [sender, sender]


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
