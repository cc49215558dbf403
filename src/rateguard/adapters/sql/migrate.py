"""The schema, brought up where it is behind."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import attrs

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import Dialect
from rateguard.domain.errors import StoreOutdated


_SUFFIXES = {".py", ".sql"}


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

        table_wait: Seconds until somebody else's transaction has to let go of
            a table, not counting the work on it.
    """

    dialect: Dialect
    folder: Path
    database: str
    patient: Dialect | None = None
    table_wait: int = 60

    def pending(self) -> Sequence[str]:
        """
        Return the ids of the migrations that the database lacks, in order.
        Changes nothing.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        applied = self._applied()
        # As yoyo calls and sorts them, without the time that it takes to import.
        ids = {
            path.stem
            for path in self._shipped().glob("rateguard-*")
            if path.suffix in _SUFFIXES and not path.stem.endswith(".rollback")
        }
        return sorted(ids - applied)

    def apply(self) -> Sequence[str]:
        """
        Apply what is pending; return its ids.

        Raises:
            SchemaLocked: somebody else is at it, or at one of the tables.
            StoreUnavailable: the database cannot be changed.
        """
        pending = self.pending()
        if pending:
            from rateguard.adapters.sql import schema_changes  # noqa: PLC0415 - yoyo

            schema_changes.apply(
                self._patient(),
                self.database,
                self._shipped(),
                table_wait=self.table_wait,
            )
        return pending

    def break_lock(self) -> None:
        """Remove the lock that a killed run left behind."""
        from rateguard.adapters.sql import schema_changes  # noqa: PLC0415 - yoyo

        schema_changes.break_lock(self._patient(), self.database)

    def _shipped(self) -> Path:
        return self.folder / self.dialect.name

    def _patient(self) -> Dialect:
        return self.patient or self.dialect

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
