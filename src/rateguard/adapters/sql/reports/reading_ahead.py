"""Rows that lie apart, read side by side before they are counted."""

from __future__ import annotations

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.reports import queries
from rateguard.adapters.sql.reports.queries import ID_RANGE, Condition, where
from rateguard.adapters.sql.reports.side_by_side import Asking


_FEW = 50
"""Rows that are read in no time."""


def read_ahead(asking: Asking, sender: str, wanted: Condition, *, first: int) -> None:
    """
    Have a server read what it has of a sender since the id *first* from its
    disk: who counts thousands then finds them in memory.
    """
    if asking.searchers == 1:
        return
    count = asking.select(queries.ROWS_OF_SENDER, (first, sender))[0][0]
    parts = min(asking.searchers, count // _FEW)
    if parts > 1:
        last = asking.select(statements.LATEST_MESSAGE)[0][0]
        ranges = asking.ranges(first, last, parts=parts)
        questions = [
            where(queries.READ, [(ID_RANGE, [*ids]), wanted]) for ids in ranges
        ]
        asking.answers(questions, at_once=parts)
