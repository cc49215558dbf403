"""
The schema, brought up by yoyo.
"""

from __future__ import annotations

import logging

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import attrs

from yoyo import exceptions, read_migrations
from yoyo.backends.base import DatabaseBackend
from yoyo.backends.core.mysql import MySQLBackend
from yoyo.backends.core.sqlite3 import SQLiteBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import MigrationList, default_migration_table

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import Dialect
from rateguard.domain.errors import StoreError, StoreOutdated


_BACKENDS: dict[str, type[DatabaseBackend]] = {
    "mysql": MySQLBackend,
    "sqlite": SQLiteBackend,
}
_LOCK_TIMEOUT = 10.0


class SchemaLocked(StoreError):
    """
    Another ``rateguard migrate`` is at work, or one was killed at it.
    """


@attrs.frozen
class Migrator:
    """
    Knows which migrations a database lacks, and applies them.

    Other programs may keep their own yoyo migrations in the same database.

    Attributes:
        folder: Holds a folder of migrations for each dialect.

        database: Name of the database, as yoyo needs it to list tables.

        patient: What changes are made through, if that needs more patience
            than looking: altering a large table takes hours.
    """

    dialect: Dialect
    folder: Path
    database: str
    patient: Dialect | None = None

    def pending(self) -> Sequence[str]:
        """
        Return the ids of the migrations that the database lacks, in order.
        Changes nothing.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        applied = self._applied()
        return [each.id for each in self._shipped() if each.id not in applied]

    def apply(self) -> Sequence[str]:
        """
        Apply what is pending; return its ids.

        Raises:
            SchemaLocked: somebody else is at it.
            StoreUnavailable: the database cannot be changed.
        """
        pending = self.pending()
        if not pending:
            return []
        self._with_backend(self._apply_with)
        return pending

    def break_lock(self) -> None:
        """
        Remove the lock that a killed run left behind.
        """
        self._with_backend(DatabaseBackend.break_lock)

    def _shipped(self) -> MigrationList:
        return read_migrations(str(self.folder / self.dialect.name))

    def _applied(self) -> set[str]:
        if not self.dialect.exists():
            return set()
        try:
            with closing(self.dialect.connect()) as connection:
                cursor = connection.cursor()
                cursor.execute(self.dialect.sql(statements.APPLIED_MIGRATIONS))
                return {row[0] for row in cursor.fetchall()}
        except self.dialect.failures as error:
            ours = self.dialect.translate(error)
            if ours is None:
                raise
            if isinstance(ours, StoreOutdated):
                return set()
            raise ours from error

    def _apply_with(self, backend: DatabaseBackend) -> None:
        with backend.lock(_LOCK_TIMEOUT):
            backend.apply_migrations(backend.to_apply(self._shipped()))

    def _with_backend(self, work: Callable[[DatabaseBackend], None]) -> None:
        """
        Run *work* on a yoyo backend that connects as everything else does.
        """
        logging.getLogger("yoyo").setLevel(logging.WARNING)
        connect = (self.patient or self.dialect).connect
        base = _BACKENDS[self.dialect.name]
        ours = type("Backend", (base,), {"connect": lambda _backend, _uri: connect()})
        uri = DatabaseURI(self.dialect.name, None, None, None, None, self.database, {})
        try:
            with ours(uri, default_migration_table) as backend:
                backend.init_database()
                work(backend)
        except exceptions.LockTimeout as error:
            problem = f"{error}; if nobody is: rateguard migrate --break-lock"
            raise SchemaLocked(problem) from error
        except self.dialect.failures as error:
            translated = self.dialect.translate(error)
            if translated is None:
                raise
            raise translated from error
