"""Rows of a busy sender are read from a server's disk side by side."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from rateguard.adapters.sql.dialect import Row
from rateguard.adapters.sql.reports.reading_ahead import read_ahead
from rateguard.adapters.sql.reports.side_by_side import Asking, Question


@attrs.frozen
class Hearing(Asking):
    """Knows how many messages the sender has, and hears what is asked at once."""

    count: int = 0
    searchers: int = 1
    asked: list[str] = attrs.Factory(list)
    heard: list[Question] = attrs.Factory(list)

    def select(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Answer how many there are."""
        self.asked.append(statement)
        return [(self.count,)]

    def ranges(self, first: int, last: int, *, parts: int = 0) -> list[tuple[int, int]]:
        """Return as many as were asked for."""
        return [(first, last)] * parts

    def answers(
        self, questions: Sequence[Question], *, at_once: int = 0
    ) -> list[Sequence[Row]]:
        """Answer nothing."""
        self.heard.extend(questions)
        return []


@pytest.mark.parametrize(
    ("count", "searchers", "asked"), [(4000, 16, 16), (40, 16, 0), (4000, 1, 0)]
)
def test_many_rows_are_asked_for_at_once(
    count: int, searchers: int, asked: int
) -> None:
    """Not a few, and not where nobody waits for a disk."""
    asking = Hearing(None, count=count, searchers=searchers)  # type: ignore[arg-type]

    read_ahead(asking, "anna@example.com", ("ratelimit_id = {p}", [7]), first=1)

    assert asked == len(asking.heard)
    # Without a disk to wait for there may be no index to count by.
    assert (searchers > 1) == bool(asking.asked)
