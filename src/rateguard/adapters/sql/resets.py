"""
Table ``rateguard_resets``.
"""

from __future__ import annotations

import datetime as dt

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import as_text, as_time
from rateguard.adapters.sql.transaction import Transaction
from rateguard.domain.ports import ResetRun


class SqlResetLedger:
    """
    Implements ``ResetLedger``.
    """

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def latest(self) -> ResetRun | None:
        """
        Return the reset begun last.
        """
        rows = self._transaction.select(statements.LATEST_RESET)
        if not rows:
            return None
        id_, started_at, position, finished_at = rows[0]
        return ResetRun(
            id_,
            as_time(started_at),
            position,
            None if finished_at is None else as_time(finished_at),
        )

    def begin(self, at: dt.datetime) -> ResetRun:
        """
        Record that a reset begins.
        """
        at = at.replace(microsecond=0)
        id_ = self._transaction.insert(statements.BEGIN_RESET, (as_text(at),))
        return ResetRun(id_, at, 0)

    def advance(self, run: ResetRun) -> None:
        """
        Record how far it came.
        """
        finished = None if run.finished_at is None else as_text(run.finished_at)
        self._transaction.execute(
            statements.ADVANCE_RESET, (run.position, finished, run.id)
        )
