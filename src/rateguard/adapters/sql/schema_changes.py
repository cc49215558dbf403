"""
Changes of the schema, made by yoyo.

A room of its own, for yoyo takes longer to import than to look whether there is
anything to change.
"""

from __future__ import annotations

import logging

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from yoyo import exceptions, read_migrations
from yoyo.backends.base import DatabaseBackend
from yoyo.backends.core.mysql import MySQLBackend
from yoyo.backends.core.sqlite3 import SQLiteBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import default_migration_table

from rateguard.adapters.sql.dialect import Dialect
from rateguard.domain.errors import StoreConflict, StoreError


_BACKENDS: dict[str, type[DatabaseBackend]] = {
    "mysql": MySQLBackend,
    "sqlite": SQLiteBackend,
}
_LOCK_TIMEOUT = 10.0


class SchemaLocked(StoreError):
    """
    Another ``rateguard migrate`` is at work, or one was killed at it; or a
    transaction of somebody else does not let go of a table.
    """


def apply(dialect: Dialect, database: str, folder: Path, *, table_wait: int) -> None:
    """
    Apply the migrations in *folder* that *database* lacks.

    *table_wait* is that of ``Migrator``.

    Raises:
        SchemaLocked: somebody else is at it, or at one of the tables.
        StoreUnavailable: the database cannot be changed.
    """

    def work(backend: DatabaseBackend) -> None:
        with backend.lock(_LOCK_TIMEOUT):
            shipped = read_migrations(str(folder))
            backend.apply_migrations(backend.to_apply(shipped))

    _with_backend(dialect, database, work, table_wait=table_wait)


def break_lock(dialect: Dialect, database: str) -> None:
    """Remove the lock that a killed run left behind."""
    _with_backend(dialect, database, DatabaseBackend.break_lock)


def _with_backend(
    dialect: Dialect,
    database: str,
    work: Callable[[DatabaseBackend], None],
    *,
    table_wait: int | None = None,
) -> None:
    """Run *work* on a yoyo backend that connects as everything else does."""

    def connect(_backend: DatabaseBackend, _uri: DatabaseURI) -> Any:  # noqa: ANN401 - a DB-API connection
        connection = dialect.connect()
        if dialect.name == "mysql" and table_wait is not None:
            # A server waits for a day otherwise, and all mail with it: whoever
            # comes after one that waits for a table waits, too.
            with closing(connection.cursor()) as cursor:
                cursor.execute(f"SET SESSION lock_wait_timeout = {table_wait}")
        return connection

    logging.getLogger("yoyo").setLevel(logging.WARNING)
    base = _BACKENDS[dialect.name]
    own = {
        "connect": connect,
        # Where yoyo looks for the driver's exceptions: a database may have
        # more than one driver.
        "driver_module": dialect.failures[0].__module__.partition(".")[0],
    }
    uri = DatabaseURI(dialect.name, None, None, None, None, database, {})
    try:
        with type("Backend", (base,), own)(uri, default_migration_table) as backend:
            backend.init_database()
            work(backend)
    except exceptions.LockTimeout as error:
        problem = f"{error}; if nobody is: rateguard migrate --break-lock"
        raise SchemaLocked(problem) from error
    except dialect.failures as error:
        # yoyo goes back to a savepoint that is gone with the first DDL, and fails.
        first: BaseException = error
        while isinstance(first.__context__, dialect.failures):
            first = first.__context__
        assert isinstance(first, Exception)  # noqa: S101 - for mypy
        translated = dialect.translate(first)
        if translated is None:
            raise
        if dialect.name == "mysql" and isinstance(translated, StoreConflict):
            problem = (
                f"{first}; somebody's transaction keeps a table: let it end (SHOW"
                " FULL PROCESSLIST has it, often a backup), then run this again"
            )
            raise SchemaLocked(problem) from error
        raise translated from error
