"""
A page of senders that is far behind.
"""

from __future__ import annotations

import itertools

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Row
from rateguard.adapters.sql.reports import sender_statements as reporting
from rateguard.adapters.sql.reports.conditions import Condition, where
from rateguard.adapters.sql.reports.side_by_side import Asking, Range


Some = tuple[int, Callable[[int, int], list[int]]]
"""How many there are, and what fetches their ids: skip so many, then so many."""

FAR = 10_000
"""Senders that are sorted in no time."""

_RUNS = _RUN = 64
_MARGIN = 40
"""The page is looked for in a twentieth of all."""

_LEAST = -1  # below every number

_RANGES = 8
"""For each who asks: the fewer equal ones are read to find the first."""


@attrs.frozen
class FarPages:
    """
    Finds a page without sorting what is before it: some senders tell between
    which two values the page has to be; those before are counted, and only
    those between are sorted.

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
        above, at_highest, at_lowest = self._counted(ranges, highest, lowest)
        skip = offset - sum(above)
        if skip < 0:
            return None
        page: list[int] = []
        steps: list[Callable[[], Some]] = [
            partial(self._equal, ranges, at_highest, highest),
            partial(self._between, ranges, highest, lowest),
            partial(self._equal, ranges, at_lowest, lowest),
        ]
        for step in steps:
            if len(page) < limit:
                count, fetch = step()
                page += fetch(skip, limit - len(page)) if skip < count else []
                skip = max(0, skip - count)
        # Behind the lowest there may be more.
        return page if len(page) == limit or lowest == _LEAST else None

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
        high, low = max(0, place - margin), place + margin
        if low < len(known):
            return known[high], known[low]
        return known[high], _LEAST if self.number else known[-1]

    def _counted(
        self, ranges: Sequence[Range], highest: object, lowest: object
    ) -> tuple[list[int], ...]:
        """
        Count, in each range, those above and at the higher value, and those at
        the lower one if it is another.
        """
        key, values = self.key
        all_values = [*values, highest, *values, highest, *values, lowest]
        rows = self._of_ranges(ranges, reporting.COUNTED % {"key": key}, all_values, [])
        # Sums of nothing are None.
        above, high, low = (
            [int(each or 0) for each in column] for column in zip(*rows, strict=True)
        )
        return above, high, [0] * len(low) if highest == lowest else low

    def _of_ranges(
        self,
        ranges: Sequence[Range],
        statement: str,
        values: list[Any],
        wanted: list[Condition],
    ) -> list[Row]:
        """
        Return the one row that each range answers.
        """
        questions = [
            where(
                statement,
                [(reporting.ID_RANGE, [*ids]), *wanted, *self.conditions],
                values,
            )
            for ids in ranges
        ]
        return [rows[0] for rows in self.asking.answers(questions)]

    def _between(
        self, ranges: Sequence[Range], highest: object, lowest: object
    ) -> Some:
        """
        Those between two values, sorted here.
        """
        key, values = self.key
        shape = reporting.KEYED_NUMBER if self.number else reporting.KEYED_TIME
        wanted = [
            (f"{key} < {{p}}", [*values, highest]),
            (f"{key} > {{p}}", [*values, lowest]),
        ]
        statement = reporting.KEYED % (shape % key)
        rows = self._of_ranges(ranges, statement, values, wanted)
        pairs = [
            each.rpartition("|") for row in rows if row[1] for each in row[1].split(",")
        ]
        count = sum(row[0] for row in rows)
        # A server cuts a text that is too long.
        if len(pairs) < count:
            return count, lambda _skip, _limit: []
        read: Callable[[str], Any] = float if self.number else str
        found = [(read(text), int(id_)) for text, _, id_ in pairs]
        # In the order of ids so far, and equal ones stay so.
        found.sort(key=lambda pair: pair[1])
        found.sort(key=lambda pair: pair[0], reverse=True)
        return count, lambda skip, limit: [id_ for _, id_ in found[skip : skip + limit]]

    def _equal(
        self, ranges: Sequence[Range], counts: Sequence[int], value: object
    ) -> Some:
        """
        Those with one value: sorted by id, as the ranges are.
        """

        def fetch(skip: int, limit: int) -> list[int]:
            return list(itertools.islice(fetched(skip, limit), limit))

        def fetched(skip: int, limit: int) -> Iterator[int]:
            key, values = self.key
            equal: Condition = (f"{key} = {{p}}", [*values, value])
            for ids, count in zip(ranges, counts, strict=True):
                if skip < count:
                    in_range: Condition = (reporting.ID_RANGE, [*ids])
                    statement, all_values = where(
                        reporting.PART_IDS, [in_range, equal, *self.conditions]
                    )
                    rows = self.asking.select(
                        f"{statement} ORDER BY id{reporting.PAGE}",
                        [*all_values, limit, skip],
                    )
                    yield from (row[0] for row in rows)
                skip = max(0, skip - count)

        return sum(counts), fetch
