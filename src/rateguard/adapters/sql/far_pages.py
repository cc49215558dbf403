"""
A page of senders that is far behind.
"""

from __future__ import annotations

import itertools

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql import report_statements as reporting
from rateguard.adapters.sql.dialect import Row
from rateguard.adapters.sql.report_conditions import Condition, where
from rateguard.adapters.sql.side_by_side import Asking, Range


FAR = 10_000
"""Senders that are sorted in no time."""

_RUNS = 64
_RUN = 64
_MARGIN = 24
"""The page is looked for in a twelfth of all."""

_RANGES = 8
"""For each who asks: the fewer equal ones are read to find the first."""


@attrs.frozen
class Counted:
    """
    What is in a range of ids: how many before, at, between and at two values,
    and those between, ``key|id`` each.
    """

    ids: Range
    above: int
    highest: int
    between: int
    lowest: int
    found: list[tuple[Any, int]]


@attrs.frozen
class FarPages:
    """
    Finds a page without sorting what is before it: some senders tell between
    which two values the page has to be; the rest are counted, and only those
    between are sorted.

    Attributes:
        key: What senders are sorted by, with its values.

        number: Whether the key is one; a time is not.
    """

    asking: Asking
    key: Condition
    conditions: list[Condition]
    number: bool = True

    def ids(self, offset: int, limit: int) -> list[int] | None:
        """
        Return the ids of the page in their order; None if some senders told
        too little.
        """
        first, last = self.asking.select(reporting.SENDER_IDS)[0]
        if first is None:
            return None
        bounds = self._bounds(first, last, offset)
        if bounds is None:
            return None
        highest, lowest = bounds
        ranges = self.asking.ranges(first, last, for_each=_RANGES)
        counted = self._counted(ranges, highest, lowest)
        if any(each.between != len(each.found) for each in counted):
            return None
        skip = offset - sum(each.above for each in counted)
        if skip < 0:
            return None
        page: list[int] = []
        for ids in (
            self._equal(counted, lambda each: each.highest, highest),
            _sorted(counted),
            self._equal(counted, lambda each: each.lowest, lowest),
        ):
            count, fetch = ids
            if skip < count and len(page) < limit:
                page += fetch(skip, limit - len(page))
            skip = max(0, skip - count)
        # Behind the lowest there may be more.
        return page if len(page) == limit else None

    def _bounds(self, first: int, last: int, offset: int) -> tuple[Any, Any] | None:
        starts = [first + (last - first) * run // _RUNS for run in range(_RUNS)]
        key, values = self.key
        sample = []
        for start in starts:
            in_run: Condition = (reporting.ID_RANGE, [start, start + _RUN])
            statement, all_values = where(
                reporting.SOME_KEYS % key, [in_run, *self.conditions], values
            )
            sample += [row[0] for row in self.asking.select(statement, all_values)]
        known = sorted((each for each in sample if each is not None), reverse=True)
        expected = (last - first + 1) * len(sample) / (_RUNS * _RUN)
        if len(known) < _RUN or not expected:
            return None
        place = int(len(sample) * offset / expected)
        margin = len(sample) // _MARGIN + 1
        if place - margin >= len(known):
            return None
        high, low = max(0, place - margin), min(len(known) - 1, place + margin)
        return known[high], known[low]

    def _counted(
        self, ranges: Sequence[Range], highest: object, lowest: object
    ) -> list[Counted]:
        key, values = self.key
        each = [*values, highest]
        between = [*values, highest, *values, lowest]
        shape = reporting.KEYED_NUMBER if self.number else reporting.KEYED_TIME
        statement = reporting.COUNTED % {"key": key, "keyed": shape % key}
        before = [*each, *each, *between, *values, lowest, *between, *values]
        questions = [
            where(statement, [(reporting.ID_RANGE, [*ids]), *self.conditions], before)
            for ids in ranges
        ]
        answers = self.asking.answers(questions)
        same = highest == lowest
        return [
            self._count(ids, rows[0], same=same)
            for ids, rows in zip(ranges, answers, strict=True)
        ]

    def _count(self, ids: Range, row: Row, *, same: bool) -> Counted:
        above, highest, between, lowest, found = row
        counts = (above, highest, between, 0 if same else lowest)
        pairs = [each.rpartition("|") for each in found.split(",")] if found else []
        read: Callable[[str], Any] = float if self.number else str
        return Counted(ids, *counts, [(read(key), int(id_)) for key, _, id_ in pairs])

    def _equal(
        self, counted: Sequence[Counted], count: Callable[[Counted], int], value: object
    ) -> tuple[int, Callable[[int, int], list[int]]]:
        """
        Return how many have a value, and what fetches some of them: those who
        are equal are sorted by id, as the ranges are.
        """

        def fetch(skip: int, limit: int) -> list[int]:
            return list(itertools.islice(fetched(skip, limit), limit))

        def fetched(skip: int, limit: int) -> Iterator[int]:
            key, values = self.key
            for each in counted:
                if skip < count(each):
                    in_range: Condition = (reporting.ID_RANGE, [*each.ids])
                    equal: Condition = (f"{key} = {{p}}", [*values, value])
                    statement, all_values = where(
                        reporting.PART_IDS, [in_range, equal, *self.conditions]
                    )
                    rows = self.asking.select(
                        f"{statement} ORDER BY id{reporting.PAGE}",
                        [*all_values, limit, skip],
                    )
                    yield from (row[0] for row in rows)
                skip = max(0, skip - count(each))

        return sum(map(count, counted)), fetch


def _sorted(
    counted: Sequence[Counted],
) -> tuple[int, Callable[[int, int], list[int]]]:
    found = [pair for each in counted for pair in each.found]

    def fetch(skip: int, limit: int) -> list[int]:
        found.sort(key=lambda pair: pair[1])
        found.sort(key=lambda pair: pair[0], reverse=True)
        return [id_ for _, id_ in found[skip : skip + limit]]

    return len(found), fetch
