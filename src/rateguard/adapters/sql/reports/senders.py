"""
Reports over ``ratelimits``.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from typing import Any

from rateguard.adapters.sql.counters import counter_of
from rateguard.adapters.sql.dialect import Row, as_text, known_time
from rateguard.adapters.sql.reports import sender_statements as reporting
from rateguard.adapters.sql.reports.conditions import Condition, of_senders, where
from rateguard.adapters.sql.reports.division import Key
from rateguard.adapters.sql.reports.far_pages import FAR, FarPages
from rateguard.adapters.sql.reports.side_by_side import Asking, Range
from rateguard.domain.reports import SenderEntry, SenderQuery, SenderSort, Totals


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
        """
        One query, or one for each part of the senders.
        """
        now = as_text(at)
        conditions = list(of_senders(query, now))
        key = reporting.SORT_KEYS[query.sort]
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
        """
        Where many are skipped, they are sorted by id alone.
        """
        wanted, values = where("", conditions)
        order = f" ORDER BY {reporting.ORDERS[query.sort]}"
        page = wanted + order + reporting.PAGE
        values += [*times, query.limit, query.offset]
        statement = reporting.SENDERS + page
        if query.offset:
            statement = reporting.LATER_PAGE % page + order
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
        begin = reporting.SENDERS_IN_PART % key[0]
        order = "sender" if by_name else "sort_key DESC, id"
        end = query.offset + query.limit
        questions = []
        for ids in ranges:
            in_part: Condition = (reporting.ID_RANGE, [*ids])
            statement, values = where(begin, [in_part, *conditions], key[1])
            statement += f" ORDER BY {order}{reporting.FIRST}"
            questions.append((statement, [*values, end]))
        # Parts are in the order of ids, as are equal ones in each.
        rows = [row for part in self._asking.answers(questions) for row in part]
        rows.sort(key=_sort_key, reverse=not by_name)
        return [_entry(row[2:]) for row in rows[query.offset : end]]

    def _of_ids(self, ids: Sequence[int]) -> list[SenderEntry]:
        transaction = self._asking.transaction
        found: dict[int, SenderEntry] = {}
        for piece in transaction.dialect.pieces(ids):
            rows = transaction.select(reporting.THESE_SENDERS, piece, count=len(piece))
            found |= {row[0]: _entry(row[1:]) for row in rows}
        return [found[each] for each in ids if each in found]

    def _ranges(self) -> list[Range]:
        if self._asking.readers == 1:
            return []
        first, last = self._asking.select(reporting.SENDER_IDS)[0]
        return [] if first is None else self._asking.ranges(first, last)

    def sender(self, sender: str) -> SenderEntry | None:
        """
        By the unique index.
        """
        statement = f"{reporting.SENDERS} WHERE {reporting.OF_NAME}"
        rows = self._asking.select(statement, (sender,))
        return _entry(rows[0]) if rows else None

    def totals(self, *, at: dt.datetime) -> Totals:
        """
        Of all parts together.
        """
        now = as_text(at)
        questions = [
            where(reporting.TOTALS, [(reporting.ID_RANGE, [*ids])], [now])
            for ids in self._ranges()
        ] or [(reporting.TOTALS, [now])]
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
