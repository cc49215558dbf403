"""One transaction of an SQL store."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import attrs

from rateguard.adapters.sql.counters import SqlCounterRepository
from rateguard.adapters.sql.history import SqlHistory, SqlResetLedger
from rateguard.adapters.sql.messages import SqlMessageLog
from rateguard.adapters.sql.outbox import SqlOutbox
from rateguard.adapters.sql.pool import ConnectionPool, Transaction
from rateguard.adapters.sql.reports import SqlReports


@attrs.define(eq=False)
class SqlUnitOfWork:
    """
    Implements ``UnitOfWork``; begins at ``with``.

    Args:
        notifiers: Names of those who are told of every event.
        reading: The unit only looks, and nobody waits for it.
    """

    _pool: ConnectionPool
    _notifiers: Sequence[str] = ()
    _reading: bool = attrs.field(default=False, kw_only=True)
    _transaction: Transaction = attrs.field(init=False, repr=False)
    counters: SqlCounterRepository = attrs.field(init=False, repr=False)
    messages: SqlMessageLog = attrs.field(init=False, repr=False)
    resets: SqlResetLedger = attrs.field(init=False, repr=False)
    outbox: SqlOutbox = attrs.field(init=False, repr=False)

    def __enter__(self) -> Self:
        self._transaction = transaction = self._pool.begin(reading=self._reading)
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
        return SqlReports(self._transaction)

    def commit(self) -> None:
        self._transaction.commit()
