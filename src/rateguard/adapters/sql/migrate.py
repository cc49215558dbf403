"""The schema, brought up where it is behind."""

from __future__ import annotations

import logging

from collections.abc import Callable, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Dialect
from rateguard.domain.errors import SchemaLocked, StoreConflict, StoreOutdated


APPLIED_MIGRATIONS = "SELECT migration_id FROM _yoyo_migration"
"""What yoyo has recorded, also by another program in the same database."""

_BACKENDS = {
    "mysql": ("yoyo.backends.core.mysql", "MySQLBackend"),
    "sqlite": ("yoyo.backends.core.sqlite3", "SQLiteBackend"),
}
"""
Modules and names of yoyo's classes, by the name of the dialect. Imported when they
are needed: yoyo takes longer to import than it takes to see that nothing is to be
changed.
"""

_SUFFIXES = {".py", ".sql"}

_LOCK_TIMEOUT = 10.0


@attrs.frozen
class Migrator:
    """
    Implements ``Schema``, by yoyo. Other programs may keep their own yoyo migrations
    in the same database.

    Attributes:
        folder: Holds a folder of migrations for each dialect.
        database: Name of the database, as yoyo needs it to list tables.
        patient: What changes are made through: altering a large table takes
            hours.
        table_wait: Seconds until somebody else's transaction has to let go of
            a table, not counting the work on it.
    """

    dialect: Dialect
    folder: Path
    database: str
    patient: Dialect
    table_wait: int = 60

    def pending(self) -> Sequence[str]:
        applied = self._applied()
        # As yoyo calls and sorts them, without the time that it takes to import.
        ids = {
            path.stem
            for path in self._shipped().glob("rateguard-*")
            if path.suffix in _SUFFIXES and not path.stem.endswith(".rollback")
        }
        return sorted(ids - applied)

    def apply(self) -> Sequence[str]:
        pending = self.pending()
        if pending:
            from yoyo import read_migrations  # noqa: PLC0415 - slow

            def apply_all(backend: Any) -> None:  # noqa: ANN401 - yoyo's
                with backend.lock(_LOCK_TIMEOUT):
                    shipped = read_migrations(str(self._shipped()))
                    backend.apply_migrations(backend.to_apply(shipped))

            with_backend(self.patient, self.database, apply_all, self.table_wait)
        return pending

    def break_lock(self) -> None:
        with_backend(self.patient, self.database, lambda each: each.break_lock())

    def _shipped(self) -> Path:
        return self.folder / self.dialect.name

    def _applied(self) -> set[str]:
        if not self.dialect.exists():
            return set()
        try:
            with self.dialect.errors, closing(self.dialect.connect()) as connection:
                cursor = connection.cursor()
                cursor.execute(APPLIED_MIGRATIONS)
                return {row[0] for row in cursor.fetchall()}
        except StoreOutdated:
            return set()


def with_backend(
    dialect: Dialect,
    database: str,
    work: Callable[[Any], None],
    table_wait: int | None = None,
) -> None:
    """
    Run *work* on a yoyo backend that connects as everything else does.

    Raises:
        SchemaLocked, StoreUnavailable: as :meth:`Migrator.apply`.
    """
    from yoyo.connections import DatabaseURI  # noqa: PLC0415 - slow
    from yoyo.exceptions import LockTimeout  # noqa: PLC0415 - slow
    from yoyo.migrations import default_migration_table  # noqa: PLC0415 - slow

    def connect(_backend: object, _uri: object) -> Any:  # noqa: ANN401 - a DB-API connection
        connection = dialect.connect()
        if dialect.name == "mysql" and table_wait is not None:
            # A server waits for a day otherwise, and all mail with it: whoever
            # comes after one that waits for a table waits, too.
            with closing(connection.cursor()) as cursor:
                cursor.execute(f"SET SESSION lock_wait_timeout = {table_wait}")
        return connection

    logging.getLogger("yoyo").setLevel(logging.WARNING)
    module, name = _BACKENDS[dialect.name]
    base = getattr(import_module(module), name)
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
    except LockTimeout as error:
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
