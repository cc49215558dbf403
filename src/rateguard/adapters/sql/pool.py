"""Connections."""

from __future__ import annotations

import functools
import threading

from collections.abc import Sequence
from typing import Any

import attrs

from dbutils.pooled_db import PooledDB

from rateguard.adapters.sql.dialect import Dialect, Translated
from rateguard.adapters.sql.transaction import Transaction
from rateguard.domain.errors import StoreUnavailable


@attrs.frozen
class PoolLimits:
    """
    The numbers of DBUtils' PooledDB, by its names.

    ``maxshared`` is kept for those who set it; a connection is in a
    transaction whenever it is out, so it is never shared.
    """

    mincached: int = 0
    maxcached: int = 10
    maxshared: int = 0
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
        self._translated = Translated(dialect)
        self._refusal = threading.local()

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

    def begin(self, *, reading: bool = False) -> Transaction:
        """
        Return a transaction; one that is only *reading* makes nobody wait. Where
        the database takes many statements at once, it begins with its first.

        Raises:
            StoreUnavailable: no connection is to be had.
            StoreConflict: somebody else writes for too long.
        """
        dialect = self.dialect
        self._refusal.error = None
        with self._translated:
            steady = self._connections().connection(shareable=False)
        transaction = Transaction(
            dialect,
            steady,
            opening=dialect.begin_reading if reading else dialect.begin,
            first=functools.partial(self._first, steady),
        )
        if not dialect.many_statements:
            try:
                transaction.begin()
            except BaseException:
                transaction.end()
                raise
        return transaction

    def _first(self, steady: Any, statement: str, values: Sequence[Any]) -> Any:  # noqa: ANN401 - a cursor
        self._refusal.error = None
        cursor = steady.cursor()
        with self._translated:
            try:
                cursor.execute(statement, values)
            except BaseException:
                if self._refusal.error is not None:
                    raise self._refusal.error from None
                raise
        return cursor

    def close(self) -> None:
        """Close all idle connections."""
        if self._pool is not None:
            self._pool.close()
