"""
Changes of the schema, made by yoyo.

A room of its own, for yoyo takes longer to import than to look whether there is
anything to change.
"""

from __future__ import annotations

import logging

from collections.abc import Callable
from pathlib import Path

from yoyo import exceptions, read_migrations
from yoyo.backends.base import DatabaseBackend
from yoyo.backends.core.mysql import MySQLBackend
from yoyo.backends.core.sqlite3 import SQLiteBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import default_migration_table

from rateguard.adapters.sql.dialect import Dialect
from rateguard.domain.errors import StoreError


_BACKENDS: dict[str, type[DatabaseBackend]] = {
    "mysql": MySQLBackend,
    "sqlite": SQLiteBackend,
}
_LOCK_TIMEOUT = 10.0


class SchemaLocked(StoreError):
    """
    Another ``rateguard migrate`` is at work, or one was killed at it.
    """


def apply(dialect: Dialect, database: str, folder: Path) -> None:
    """
    Apply the migrations in *folder* that *database* lacks.

    Raises:
        SchemaLocked: somebody else is at it.
        StoreUnavailable: the database cannot be changed.
    """

    def work(backend: DatabaseBackend) -> None:
        with backend.lock(_LOCK_TIMEOUT):
            shipped = read_migrations(str(folder))
            backend.apply_migrations(backend.to_apply(shipped))

    _with_backend(dialect, database, work)


def break_lock(dialect: Dialect, database: str) -> None:
    """
    Remove the lock that a killed run left behind.
    """
    _with_backend(dialect, database, DatabaseBackend.break_lock)


def _with_backend(
    dialect: Dialect, database: str, work: Callable[[DatabaseBackend], None]
) -> None:
    """
    Run *work* on a yoyo backend that connects as everything else does.
    """
    logging.getLogger("yoyo").setLevel(logging.WARNING)
    base = _BACKENDS[dialect.name]
    own = {
        "connect": lambda _backend, _uri: dialect.connect(),
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
        translated = dialect.translate(error)
        if translated is None:
            raise
        raise translated from error
