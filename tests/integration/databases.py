"""Empty databases to try the migrations on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from rateguard.adapters.sql.dialect import Dialect
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.mysql import mysql_dialect
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.ready import MIGRATIONS
from tests.integration.store_rigs import SqlRig
from tests.integration.stores import mariadb_login, pooled, sqlite_file


@attrs.frozen
class Database:
    """A database, and who brings it up."""

    rig: SqlRig
    migrator: Migrator

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        every = {
            "sqlite": "SELECT name FROM sqlite_master",
            "mysql": "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = DATABASE()",
        }
        return {name for (name,) in self.rig.run(every[self.rig.dialect.name])}

    def snapshot(self) -> tuple[object, ...]:
        """Return what must not change when nothing is to be done."""
        return self.tables(), self.rig.counters(), self.rig.messages()

    def forget(self, migration: str) -> None:
        """Delete the record that a migration was applied."""
        self.rig.run("DELETE FROM _yoyo_migration WHERE migration_id = {p}", migration)


@contextmanager
def _opened(dialect: Dialect, name: str) -> Iterator[Database]:
    with pooled(dialect) as pool:
        yield Database(
            SqlRig(dialect, pool), Migrator(dialect, MIGRATIONS, name, dialect)
        )


@contextmanager
def empty_sqlite(folder: Path) -> Iterator[Database]:
    """A file that is made by the first to connect."""
    path = folder / "rateguard.db"
    with _opened(sqlite_file(path), str(path)) as database:
        yield database


@contextmanager
def empty_mariadb(
    server: PrivateMariaDb, charset: str = "utf8mb4"
) -> Iterator[Database]:
    """A database with a default character set, dropped in the end."""
    name = server.create_database()
    server.execute(f"ALTER DATABASE {name} CHARACTER SET {charset}")
    try:
        with _opened(mysql_dialect(mariadb_login(server, name)), name) as database:
            yield database
    finally:
        server.drop_database(name)
