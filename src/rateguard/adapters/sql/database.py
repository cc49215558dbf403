"""An SQL database as a whole, and one transaction of it."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from rateguard.adapters.sql.counters import SqlCounterRepository
from rateguard.adapters.sql.dialect import Dialect, known_time
from rateguard.adapters.sql.history import SqlHistory, SqlResetLedger
from rateguard.adapters.sql.messages import SqlMessageLog
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.outbox import SqlOutbox
from rateguard.adapters.sql.pool import ConnectionPool, PoolLimits, Transaction
from rateguard.adapters.sql.reports import SqlReports
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import Seen


CLOCKS = {"mysql": "SELECT UTC_TIMESTAMP()"}
"""How a server tells its time; SQLite's is this machine's."""

RESET_AT = "SELECT started_at FROM rateguard_resets ORDER BY id DESC LIMIT 1"

FIRST_SENDER_AT = "SELECT created_at FROM ratelimits ORDER BY id LIMIT 1"

LAST_MESSAGE_AT = "SELECT created_at FROM messages ORDER BY id DESC LIMIT 1"


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


@attrs.frozen(kw_only=True, eq=False)
class SqlDatabase:
    """
    Implements ``Database``. Pools are made at their first use, and not
    thread-safely.

    Attributes:
        dialect: For mail, with the timeouts that are set.
        looking: Returns the one for operators, who wait longer.
        altering: Returns the one for migrations, which take hours on large tables.
        limits: Of each pool.
        migrations: Holds a folder of migrations for each dialect.
        name: As yoyo needs it to list tables.
    """

    dialect: Dialect
    looking: Callable[[], Dialect]
    altering: Callable[[], Dialect]
    limits: PoolLimits
    migrations: Path
    name: str
    _pools: dict[str, ConnectionPool] = attrs.field(factory=dict, init=False)

    @property
    def schema(self) -> Migrator:
        return Migrator(
            dialect=self.dialect,
            patient=self.altering(),
            folder=self.migrations,
            database=self.name,
        )

    def exists(self) -> bool:
        return self.dialect.exists()

    @property
    def pool(self) -> ConnectionPool:
        return self._pool("mail", lambda: self.dialect)

    def unit(self, notifiers: Sequence[str] = ()) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.pool, notifiers)

    def reading_unit(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.pool, reading=True)

    def looking_unit(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self._pool("operators", self.looking), reading=True)

    def seen(self) -> Seen:
        return seen(self.dialect)

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _pool(self, name: str, dialect: Callable[[], Dialect]) -> ConnectionPool:
        if name not in self._pools:
            self._pools[name] = ConnectionPool(dialect(), self.limits)
        return self._pools[name]


def seen(dialect: Dialect) -> Seen:
    """Look at a database from outside, on a connection of its own."""
    if not dialect.exists():
        raise StoreUnavailable("there is no database")
    with dialect.errors, closing(dialect.connect()) as connection:
        cursor = connection.cursor()
        return Seen(
            clock=_time_of(cursor, CLOCKS.get(dialect.name)),
            reset_at=_time_of(cursor, RESET_AT),
            first_sender_at=_time_of(cursor, FIRST_SENDER_AT),
            last_message_at=_time_of(cursor, LAST_MESSAGE_AT),
        )


def _time_of(cursor: Any, statement: str | None) -> dt.datetime | None:  # noqa: ANN401
    if statement is None:
        return None
    cursor.execute(statement)
    row = cursor.fetchone()
    return None if row is None else known_time(row[0])
