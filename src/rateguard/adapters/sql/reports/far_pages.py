"""A page of senders that is far behind."""

from __future__ import annotations

import itertools

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.reports import queries
from rateguard.adapters.sql.reports.division import Division, Key, in_order
from rateguard.adapters.sql.reports.queries import Condition, where
from rateguard.adapters.sql.reports.side_by_side import Asking, Range


Some = tuple[int, Callable[[int, int], list[int]]]
"""How many there are, and what fetches their ids: skip so many, then so many."""

FAR = 10_000
"""Senders that are sorted in no time."""

_RUNS = _RUN = 64
_MARGIN = 40
"""The page is looked for in a twentieth of all."""

_LEAST = -1  # below every number
_EARLIEST = "0000-00-00 00:00:00"  # of every time

_RANGES = 8
"""For each who asks: the fewer equal ones are read to find the first."""


@attrs.frozen
class FarPages:
    """
    Finds a page without sorting what is before it: some senders tell between
    which two values the page has to be. All are read once: those before are
    counted, and those between are fetched and sorted.
    """

    asking: Asking
    key: Key
    conditions: list[Condition]

    def ids(self, offset: int, limit: int) -> list[int] | None:
        """
        Return the ids of the page in their order; None if some senders told
        too little.
        """
        first, last = self.asking.select(queries.SENDER_IDS)[0]
        if first is None:
            return None
        bounds = self._bounds(first, last, offset)
        if bounds is None:
            return None
        highest, lowest = bounds
        parts = self.asking.readers * _RANGES
        ranges = self.asking.ranges(first, last, parts=parts)
        division = Division(self.key, highest, lowest)
        found = division.parts(self.asking, ranges, self.conditions)
        between = in_order(found)
        skip = offset - sum(part.above for part in found)
        if skip < 0 or between is None:
            return None
        page: list[int] = []
        for count, fetch in (
            self._equal([(part.ids, part.at_highest) for part in found], highest),
            (len(between), lambda skip, limit: between[skip : skip + limit]),
            self._equal([(part.ids, part.at_lowest) for part in found], lowest),
        ):
            if len(page) < limit:
                page += fetch(skip, limit - len(page)) if skip < count else []
                skip = max(0, skip - count)
        # Behind the lowest there may be more.
        return page if len(page) == limit or lowest == _LEAST else None

    def _bounds(self, first: int, last: int, offset: int) -> tuple[Any, Any] | None:
        starts = [first + (last - first) * run // _RUNS for run in range(_RUNS)]
        sample = []
        for start in starts:
            in_run: Condition = (queries.ID_RANGE, [start, start + _RUN])
            statement, values = where(
                queries.SOME_KEYS % self.key.expression,
                [in_run, *self.conditions],
                [*self.key.values],
            )
            sample += [row[0] for row in self.asking.select(statement, values)]
        known = sorted((each for each in sample if each is not None), reverse=True)
        expected = (last - first + 1) * len(sample) / (_RUNS * _RUN)
        if len(known) < _RUN or not expected:
            return None
        place = int(len(sample) * offset / expected)
        margin = len(sample) // _MARGIN + 1
        if place - margin >= len(known):
            return None
        high, low = max(0, place - margin), place + margin
        if low < len(known):
            return known[high], known[low]
        return known[high], _LEAST if self.key.number else _EARLIEST

    def _equal(self, counts: Sequence[tuple[Range, int]], value: object) -> Some:
        """Those with one value: sorted by id, as the ranges are."""

        def fetch(skip: int, limit: int) -> list[int]:
            return list(itertools.islice(fetched(skip, limit), limit))

        def fetched(skip: int, limit: int) -> Iterator[int]:
            equal = self.key.compared("=", value)
            for ids, count in counts:
                if skip < count:
                    in_range: Condition = (queries.ID_RANGE, [*ids])
                    statement, values = where(
                        queries.PART_IDS, [in_range, equal, *self.conditions]
                    )
                    rows = self.asking.select(
                        f"{statement} ORDER BY id{queries.PAGE}",
                        [*values, limit, skip],
                    )
                    yield from (row[0] for row in rows)
                skip = max(0, skip - count)

        return sum(count for _, count in counts), fetch
