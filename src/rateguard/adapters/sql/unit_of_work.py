"""One transaction of an SQL store."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rateguard.adapters.sql.counters import SqlCounterRepository, SqlResetLedger
from rateguard.adapters.sql.history import SqlHistory
from rateguard.adapters.sql.messages import SqlMessageLog
from rateguard.adapters.sql.outbox import SqlOutbox
from rateguard.adapters.sql.pool import ConnectionPool, Transaction
from rateguard.adapters.sql.reports import SqlReports


class SqlUnitOfWork:
    """
    Implements ``UnitOfWork``; begins at ``with``.

    Args:
        notifiers: Names of those who are told of every event.

        reading: The unit only looks, and nobody waits for it.
    """

    __slots__ = (
        "_notifiers",
        "_pool",
        "_reading",
        "_transaction",
        "counters",
        "messages",
        "outbox",
        "resets",
    )

    def __init__(
        self,
        pool: ConnectionPool,
        notifiers: Sequence[str] = (),
        *,
        reading: bool = False,
    ) -> None:
        self._pool = pool
        self._notifiers = notifiers
        self._reading = reading

    def __enter__(self) -> Self:
        transaction = self._pool.begin(reading=self._reading)
        self._transaction: Transaction = transaction
        self.counters = SqlCounterRepository(transaction)
        self.messages = SqlMessageLog(transaction, self.counters.ids)
        self.resets = SqlResetLedger(transaction)
        self.outbox = SqlOutbox(transaction, self._notifiers)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transaction.end()

    @property
    def history(self) -> SqlHistory:
        """Made when asked for: judging never does."""
        return SqlHistory(self._transaction)

    @property
    def reports(self) -> SqlReports:
        """Made when asked for."""
        return SqlReports(self._transaction)

    def commit(self) -> None:
        """Make everything done so far durable."""
        self._transaction.commit()
