"""Questions about many rows, asked in parts."""

from __future__ import annotations

import itertools

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Row
from rateguard.adapters.sql.transaction import Transaction
from rateguard.domain.errors import StoreUnavailable


Question = tuple[str, Sequence[Any]]
"""A statement and its values."""

Range = tuple[int, int]
"""From the first id to before the last."""


@attrs.frozen
class Asking:
    """
    Asks, and a server over several connections at once: it reads a part of a
    table for each on a processor of its own, and waits for its disk for all
    together. So each part sees its own moment; a row is in one of them only.

    Attributes:
        begin: Begins one more transaction that only reads; None where what
            the first one has changed is to be seen.
    """

    transaction: Transaction
    begin: Callable[[], Transaction] | None = None

    @property
    def readers(self) -> int:
        """How many ask at once."""
        return self.transaction.dialect.readers if self.begin else 1

    @property
    def searchers(self) -> int:
        """How many ask at once where a disk is waited for."""
        return self.transaction.dialect.searchers if self.begin else 1

    def select(self, statement: str, values: Sequence[Any] = ()) -> Sequence[Row]:
        """Return the rows of one question."""
        return self.transaction.select(statement, values)

    def answers(
        self, questions: Sequence[Question], *, at_once: int = 0
    ) -> list[Sequence[Row]]:
        """
        Return the rows of each; so many are asked *at_once*, else as many as
        there are readers.
        """
        at_once = min(at_once or self.readers, len(questions))
        if at_once < 2:  # noqa: PLR2004 - nobody is beside
            return [self.select(*question) for question in questions]
        # Only now: who has one question does not need it.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        with ThreadPoolExecutor(at_once) as asking:
            answers = list(asking.map(self._answer, questions))
        return [
            self.select(*question) if rows is None else rows
            for question, rows in zip(questions, answers, strict=True)
        ]

    def _answer(self, question: Question) -> Sequence[Row] | None:
        assert self.begin is not None  # noqa: S101 - for mypy
        try:
            transaction = self.begin()
        except StoreUnavailable:
            # A server may not admit so many: left to who is there.
            return None
        try:
            return transaction.select(*question)
        finally:
            transaction.end()

    def ranges(self, first: int, last: int, *, parts: int = 0) -> list[Range]:
        """
        Cut ids into so many *parts*, else one for each reader; fewer where
        they would be too short to pay.
        """
        count = last - first + 1
        most = count // self.transaction.dialect.least_part
        parts = max(1, min(parts or self.readers, most))
        bounds = [first + count * number // parts for number in range(parts + 1)]
        return list(itertools.pairwise(bounds))
