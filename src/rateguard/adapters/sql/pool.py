"""Connections, and the transactions on them."""

from __future__ import annotations

import datetime as dt
import threading

from collections.abc import Sequence
from typing import Any

import attrs

from dbutils.pooled_db import PooledDB

from rateguard.adapters.sql.dialect import Dialect, Row, Translated, as_text
from rateguard.domain.errors import StoreUnavailable


@attrs.frozen
class PoolLimits:
    """
    The numbers of DBUtils' PooledDB, by its names. A connection is in a transaction
    whenever it is out, so it is never shared.
    """

    mincached: int = 0
    maxcached: int = 10
    maxusage: int = 10000


class ConnectionPool:
    """
    Hands out transactions; each ends with its connection back in the pool.

    DBUtils repeats a failed statement on a new connection when it believes to
    be outside a transaction. That is wanted for exactly one statement, the
    one that begins the transaction and, where the database takes many at once, with
    it asks what is to be locked: so a connection that died while idle is replaced
    without anybody noticing. Everything after goes to the driver's own connection,
    where nothing is ever repeated.
    """

    def __init__(self, dialect: Dialect, limits: PoolLimits) -> None:
        self.dialect = dialect
        self._limits = limits
        self._pool: PooledDB | None = None
        self._refusal = threading.local()

    def begin(self, *, reading: bool = False) -> Transaction:
        """
        Return a transaction; one that is only *reading* makes nobody wait. Where
        the database takes many statements at once, it begins with its first.

        Raises:
            StoreUnavailable: no connection is to be had.
            StoreConflict: somebody else writes for too long.
        """
        self._refusal.error = None
        with self.dialect.errors:
            steady = self._connections().connection()
        opening = self.dialect.begin_reading if reading else self.dialect.begin
        transaction = Transaction(self, steady, opening)
        if not self.dialect.many_statements:
            try:
                transaction.ask_ahead()
            except BaseException:
                transaction.end()
                raise
        return transaction

    def first(self, steady: Any, statement: str, values: Sequence[Any]) -> Any:  # noqa: ANN401 - a cursor
        """
        Run the first statement of a transaction, if need be on a new connection;
        return its cursor.
        """
        self._refusal.error = None
        cursor = steady.cursor()
        with self.dialect.errors:
            try:
                cursor.execute(statement, values)
            except BaseException:
                if self._refusal.error is not None:
                    raise self._refusal.error from None
                raise
        return cursor

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def _connections(self) -> PooledDB:
        # Made at the first use: with mincached > 0 it connects at once, and a
        # server that is away must not keep the daemon from starting.
        if self._pool is None:
            self._pool = PooledDB(
                self._connect,
                mincached=self._limits.mincached,
                maxcached=self._limits.maxcached,
                maxusage=self._limits.maxusage,
                reset=False,
                failures=self.dialect.failures,
                ping=0,
                isfatal=self._is_fatal,
            )
        return self._pool

    def _connect(self) -> Any:  # noqa: ANN401 - a DB-API connection
        # DBUtils raises the error of the statement that it connects anew for,
        # not this one, which says what is the matter with the server.
        try:
            return self.dialect.connect()
        except self.dialect.failures as error:
            self._refusal.error = error
            raise

    def _is_fatal(self, error: Exception) -> bool:
        return isinstance(self.dialect.translate(error), StoreUnavailable)


@attrs.define(eq=False)
class Transaction:
    """
    Runs statements, with the driver's errors in our words; begins with the first.

    Args:
        pool: Runs the first one.
        steady: DBUtils' connection, given back at the end.
        opening: The statement that begins it.
    """

    _pool: ConnectionPool
    _steady: Any
    _opening: str
    _dialect: Dialect = attrs.field(init=False)
    _errors: Translated = attrs.field(init=False)
    _cursor: Any = attrs.field(default=None, init=False)
    _begun: bool = attrs.field(default=False, init=False)
    _committed: bool = attrs.field(default=False, init=False)
    _ahead: dict[tuple[str, tuple[Any, ...]], Sequence[Row]] = attrs.Factory(dict)
    _unsent: list[str] = attrs.Factory(list)
    _values: list[Any] = attrs.Factory(list)

    def __attrs_post_init__(self) -> None:
        self._dialect = self._pool.dialect
        self._errors = self._dialect.errors

    def ask_ahead(self, *queries: tuple[str, Sequence[Any]]) -> None:
        """
        Begin, if that is to do, and with it send queries over ``{many}`` keys, whose
        rows :meth:`select_many` then has.
        """
        if self._begun:
            return
        asked = [
            (statement, tuple(piece))
            for statement, keys in queries
            for piece in self._dialect.pieces(keys)
        ]
        texts = [self._dialect.sql(each, len(keys)) for each, keys in asked]
        together = "; ".join([self._opening, *texts])
        self._begun = True
        values = [key for _, keys in asked for key in keys]
        self._cursor = self._pool.first(self._steady, together, values)
        with self._errors:
            for query in asked:
                self._cursor.nextset()
                self._ahead[query] = self._cursor.fetchall()
            self._cursor.close()
        # Whose statements are never repeated.
        self._cursor = self._steady.dbapi_connection.cursor()

    def execute(
        self, statement: str, values: Sequence[Any] = (), *, count: int = 1
    ) -> int:
        """Run a statement; return how many rows it changed."""
        self._send()
        with self._errors:
            self._cursor.execute(self._dialect.sql(statement, count), values)
        return int(self._cursor.rowcount)

    def insert(self, statement: str, values: Sequence[Any]) -> int:
        """Insert one row; return its id."""
        self.execute(statement, values)
        return int(self._cursor.lastrowid)

    def insert_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement over ``{rows:N}``, in as few pieces as possible."""
        for piece in self._dialect.pieces(rows):
            flat = [value for row in piece for value in row]
            if self._dialect.many_statements:
                self._unsent.append(self._dialect.sql(statement, len(piece)))
                self._values += flat
            else:
                self.execute(statement, flat, count=len(piece))

    def select(
        self, statement: str, values: Sequence[Any] = (), *, count: int = 1
    ) -> Sequence[Row]:
        self._send()
        with self._errors:
            self._cursor.execute(self._dialect.sql(statement, count), values)
            rows: Sequence[Row] = self._cursor.fetchall()
        return rows

    def number(self, statement: str, values: Sequence[Any] = ()) -> int | None:
        number: int | None = self.select(statement, values)[0][0]
        return number

    def select_many(self, statement: str, keys: Sequence[Any]) -> list[Row]:
        """
        Run a query over ``{many}`` keys, in as few pieces as possible, where
        :meth:`ask_ahead` has not.
        """
        rows: list[Row] = []
        for piece in self._dialect.pieces(keys):
            found = self._ahead.pop((statement, tuple(piece)), None)
            if found is None:
                found = self.select(statement, piece, count=len(piece))
            rows.extend(found)
        return rows

    def delete(self, old: str, statement: str, before: dt.datetime, limit: int) -> int:
        """
        Run a statement over ``{many}`` ids: up to *limit* of those that the query
        *old* finds before a time. Return how many there were.
        """
        ids = [row[0] for row in self.select(old, (as_text(before), limit))]
        if ids:
            self.execute(statement, ids, count=len(ids))
        return len(ids)

    def commit(self) -> None:
        if self._unsent:
            self._unsent.append("COMMIT")
            self._send()
        elif self._begun:
            with self._errors:
                self._steady.dbapi_connection.commit()
        self._committed = True

    def begin_again(self) -> None:
        """Drop everything done so far, with its locks, and begin afresh."""
        self._ahead.clear()
        with self._errors:
            self._steady.dbapi_connection.rollback()
            self._cursor.execute(self._opening)

    def end(self) -> None:
        """Roll back what was not committed and give the connection back."""
        try:
            if self._cursor is not None:
                self._cursor.close()
            if self._begun and not self._committed:
                self._steady.dbapi_connection.rollback()
        except self._dialect.failures:
            # The connection is gone: the pool finds out at the next BEGIN.
            pass
        finally:
            self._steady.close()

    def _send(self) -> None:
        """Send what was held back, in one go."""
        self.ask_ahead()
        if not self._unsent:
            return
        together, values = "; ".join(self._unsent), self._values
        self._unsent, self._values = [], []
        with self._errors:
            self._cursor.execute(together, values)
            while self._cursor.nextset():
                pass
