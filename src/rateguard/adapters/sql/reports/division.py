"""Senders divided by two values of what they are sorted by."""

from __future__ import annotations

import json
import operator

from collections.abc import Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Row
from rateguard.adapters.sql.reports import queries
from rateguard.adapters.sql.reports.queries import Condition, where
from rateguard.adapters.sql.reports.side_by_side import Asking, Range


_MOST = 16_000_000
"""A server cuts a text of more than 16 MiB."""


@attrs.frozen
class Key:
    """
    What senders are sorted by.

    Attributes:
        values: Those in its expression.

        number: Whether it is one; a time is not.
    """

    expression: str
    values: Sequence[Any] = ()
    number: bool = True

    def compared(self, how: str, value: object) -> Condition:
        """Return a condition."""
        return f"{self.expression} {how} {{p}}", [*self.values, value]


@attrs.frozen
class Part:
    """
    What one part of the senders has.

    Attributes:
        above, at_highest, at_lowest: How many.

        between: Their keys and ids; None if they are too many.
    """

    ids: Range
    above: int
    at_highest: int
    at_lowest: int
    between: list[tuple[Any, int]] | None


@attrs.frozen
class Division:
    """
    Reads all senders once.

    Attributes:
        lowest: The same as the highest, or below.
    """

    key: Key
    highest: Any
    lowest: Any

    def parts(
        self, asking: Asking, ranges: Sequence[Range], conditions: list[Condition]
    ) -> list[Part]:
        """Return what each range has."""
        key = self.key
        shape = queries.KEYED_NUMBER if key.number else queries.KEYED_TIME
        statement = queries.DIVIDED % {
            "key": key.expression,
            "keyed": shape % key.expression,
        }
        bounds = [self.highest, self.highest, self.highest, self.lowest]
        values = [each for bound in bounds for each in (*key.values, bound)]
        questions = [
            where(
                statement,
                [
                    (queries.ID_RANGE, [*ids]),
                    key.compared(">=", self.lowest),
                    *conditions,
                ],
                [*values, *key.values],
            )
            for ids in ranges
        ]
        answers = asking.answers(questions)
        return [
            self._part(ids, rows[0]) for ids, rows in zip(ranges, answers, strict=True)
        ]

    def _part(self, ids: Range, row: Row) -> Part:
        # Sums of nothing are None.
        count, above, from_highest = (int(each or 0) for each in row[:3])
        text = row[3] or ""
        return Part(
            ids,
            above,
            at_highest=from_highest - above,
            at_lowest=count - from_highest - text.count("|"),
            between=self._pairs(text) if len(text) < _MOST else None,
        )

    def _pairs(self, text: str) -> list[tuple[Any, int]]:
        """Return keys and ids, by way of JSON: a loop would take longer."""
        if not text:
            return []
        mark = "" if self.key.number else '"'
        text = text.replace(",", f"],[{mark}").replace("|", f"{mark},")
        found: list[tuple[Any, int]] = json.loads(f"[[{mark}{text}]]")
        return found


def in_order(parts: Sequence[Part]) -> list[int] | None:
    """Return the ids of all between, sorted; None if they are too many."""
    pairs: list[tuple[Any, int]] = []
    for part in parts:
        if part.between is None:
            return None
        pairs += part.between
    # Equal ones stay in the order of ids.
    pairs.sort(key=operator.itemgetter(1))
    pairs.sort(key=operator.itemgetter(0), reverse=True)
    return [id_ for _, id_ in pairs]
