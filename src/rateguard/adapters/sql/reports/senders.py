"""Reports over ``ratelimits``."""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import attrs

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.counters import counter_of
from rateguard.adapters.sql.dialect import Dialect, Row, as_text, known_time
from rateguard.adapters.sql.reports import queries
from rateguard.adapters.sql.reports.division import Key
from rateguard.adapters.sql.reports.far_pages import FAR, FarPages
from rateguard.adapters.sql.reports.queries import Condition, of_senders, where
from rateguard.adapters.sql.reports.side_by_side import Asking, Range
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import Seen, SenderEntry, SenderQuery, SenderSort, Totals


_TIMES_IN_SORT = {SenderSort.QUOTA: 1, SenderSort.SHARE: 2}

_FEW = 1000
"""Senders of a page that is worth the way to far pages."""


class SqlSenderReports:
    """
    The part of ``Reports`` that is about senders.

    There is no index over counters: every message would pay for it. Senders
    are read all, in parts.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def senders(self, query: SenderQuery, *, at: dt.datetime) -> list[SenderEntry]:
        """One query, or one for each part of the senders."""
        now = as_text(at)
        conditions = list(of_senders(query, now))
        key = queries.SORT_KEYS[query.sort]
        times = [now] * _TIMES_IN_SORT.get(query.sort, 0)
        by_name = query.sort is SenderSort.SENDER
        if query.offset >= FAR and query.limit <= _FEW and not by_name:
            number = query.sort is not SenderSort.CHANGED
            pages = FarPages(self._asking, Key(key, times, number), conditions)
            ids = pages.ids(query.offset, query.limit)
            if ids is not None:
                return self._of_ids(ids)
        # By name they are found in their order; few of them, not soon.
        ranges = [] if by_name and not _rare(query) else self._ranges()
        if len(ranges) > 1 and query.offset < FAR:
            return self._from_parts(query, ranges, (key, times), conditions)
        return self._from_one(query, times, conditions)

    def _from_one(
        self, query: SenderQuery, times: list[Any], conditions: list[Condition]
    ) -> list[SenderEntry]:
        """Where many are skipped, they are sorted by id alone."""
        wanted, values = where("", conditions)
        order = f" ORDER BY {queries.ORDERS[query.sort]}"
        page = wanted + order + queries.PAGE
        values += [*times, query.limit, query.offset]
        statement = queries.SENDERS + page
        if query.offset:
            statement = queries.LATER_PAGE % page + order
            values += times
        return [_entry(row) for row in self._asking.select(statement, values)]

    def _from_parts(
        self,
        query: SenderQuery,
        ranges: Sequence[Range],
        key: Condition,
        conditions: list[Condition],
    ) -> list[SenderEntry]:
        by_name = query.sort is SenderSort.SENDER
        begin = queries.SENDERS_IN_PART % key[0]
        order = "sender" if by_name else "sort_key DESC, id"
        end = query.offset + query.limit
        questions = []
        for ids in ranges:
            in_part: Condition = (queries.ID_RANGE, [*ids])
            statement, values = where(begin, [in_part, *conditions], key[1])
            statement += f" ORDER BY {order}{queries.FIRST}"
            questions.append((statement, [*values, end]))
        # Parts are in the order of ids, as are equal ones in each.
        rows = [row for part in self._asking.answers(questions) for row in part]
        rows.sort(key=_sort_key, reverse=not by_name)
        return [_entry(row[2:]) for row in rows[query.offset : end]]

    def _of_ids(self, ids: Sequence[int]) -> list[SenderEntry]:
        transaction = self._asking.transaction
        found: dict[int, SenderEntry] = {}
        for piece in transaction.dialect.pieces(ids):
            rows = transaction.select(queries.THESE_SENDERS, piece, count=len(piece))
            found |= {row[0]: _entry(row[1:]) for row in rows}
        return [found[each] for each in ids if each in found]

    def _ranges(self) -> list[Range]:
        if self._asking.readers == 1:
            return []
        first, last = self._asking.select(queries.SENDER_IDS)[0]
        return [] if first is None else self._asking.ranges(first, last)

    def sender(self, sender: str) -> SenderEntry | None:
        """By the unique index."""
        statement = f"{queries.SENDERS} WHERE {queries.OF_NAME}"
        rows = self._asking.select(statement, (sender,))
        return _entry(rows[0]) if rows else None

    def totals(self, *, at: dt.datetime) -> Totals:
        """Of all parts together."""
        now = as_text(at)
        questions = [
            where(queries.TOTALS, [(queries.ID_RANGE, [*ids])], [now])
            for ids in self._ranges()
        ] or [(queries.TOTALS, [now])]
        parts = [rows[0] for rows in self._asking.answers(questions)]
        return Totals(*map(sum, zip(*parts, strict=True)))


def _rare(query: SenderQuery) -> bool:
    return bool(
        query.containing
        or query.over_quota
        or query.suspended
        or query.locked
        or query.raised
    )


def _sort_key(row: Row) -> tuple[bool, Any]:
    # What nobody recorded is the least.
    return (row[0] is not None, row[0])


def _entry(row: Row) -> SenderEntry:
    name, created, changed, *columns = row
    return SenderEntry(
        counter_of(name.rstrip(" "), columns),
        known_time(created),
        known_time(changed),
    )


_CLOCKS = {"mysql": "SELECT UTC_TIMESTAMP()"}
"""How a server tells its time; SQLite's is this machine's."""


@attrs.frozen
class SqlGlance:
    """Looks, on a connection of its own."""

    dialect: Dialect

    def exists(self) -> bool:
        """Whether there is a database to connect to."""
        return self.dialect.exists()

    def __call__(self) -> Seen:
        """
        Return what is seen.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        if not self.exists():
            raise StoreUnavailable("there is no database")
        try:
            with closing(self.dialect.connect()) as connection:
                return self._seen(connection)
        except self.dialect.failures as error:
            ours = self.dialect.translate(error)
            if ours is None:
                raise
            raise ours from error

    def _seen(self, connection: Any) -> Seen:  # noqa: ANN401 - a DB-API connection
        cursor = connection.cursor()

        def time_of(statement: str | None, column: int = 0) -> dt.datetime | None:
            if statement is None:
                return None
            cursor.execute(statement)
            row = cursor.fetchone()
            return None if row is None else known_time(row[column])

        return Seen(
            clock=time_of(_CLOCKS.get(self.dialect.name)),
            reset_at=time_of(statements.LATEST_RESET, 1),
            first_sender_at=time_of(statements.FIRST_SENDER),
            last_message_at=time_of(statements.LAST_MESSAGE),
        )
