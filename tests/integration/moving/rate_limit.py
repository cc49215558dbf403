"""
What policyd-rate-limit leaves behind: its settings, and a row for each
message that passed.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs

from rateguard.adapters.sql.foreign import mysql_mail_counts, sqlite_mail_counts
from rateguard.adapters.sql.mysql import mysql_dialect
from rateguard.domain.orders import Usage
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.stores import mariadb_login


_TABLE = (
    "CREATE TABLE mail_count (id varchar(40) NOT NULL, date bigint NOT NULL,"
    " recipient_count int DEFAULT 1, instance varchar(40) NOT NULL,"
    " protocol_state varchar(10) NOT NULL)"
)
_INDEX = "CREATE INDEX mail_count_index ON mail_count (id, date)"
_ROW = "INSERT INTO mail_count VALUES ({p}, {p}, {p}, {p}, 'DATA')"

Row = tuple[str, float, int | None, str]
"""Name, seconds since 1970, recipients and instance."""


@attrs.frozen
class RateLimit:
    """
    One installation.

    Attributes:
        folder: Where its settings are.

        run: Runs a statement on its database, with many values.

        settings: Where that database is.

        counted: What RateGuard reads there, since some time.
    """

    folder: Path
    run: Callable[[str, Sequence[Sequence[Any]]], None]
    settings: dict[str, Any]
    counted: Callable[[dt.datetime], list[Usage]]

    def fill(self, *rows: Row) -> None:
        """Make the table, with these rows."""
        self.run(_TABLE, [()])
        self.run(_INDEX, [()])
        self.run(_ROW, [(name, int(at), count, how) for name, at, count, how in rows])

    def write(self, **limits: Any) -> Path:
        """Write its settings; return the file."""
        file = self.folder / "policyd-rate-limit.yaml"
        # Whatever is JSON is YAML.
        file.write_text(json.dumps({**self.settings, **limits}), "utf-8")
        return file


@contextmanager
def on_sqlite(folder: Path) -> Iterator[RateLimit]:
    """One with a file, as it comes."""
    file = folder / "db.sqlite3"

    def run(statement: str, values: Sequence[Sequence[Any]]) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.executemany(statement.format(p="?"), values)

    yield RateLimit(
        folder,
        run,
        {"backend": 0, "sqlite_config": {"database": str(file)}},
        lambda since: sqlite_mail_counts(file, since=since),
    )


@contextmanager
def on_mysql(folder: Path, server: PrivateMariaDb) -> Iterator[RateLimit]:
    """One with a database of that server."""
    name = server.create_database()
    login = mariadb_login(server, name)

    def run(statement: str, values: Sequence[Sequence[Any]]) -> None:
        with (
            closing(mysql_dialect(login).connect()) as connection,
            closing(connection.cursor()) as cursor,
        ):
            for each in values:
                cursor.execute(statement.format(p="%s"), each)
            connection.commit()

    try:
        yield RateLimit(
            folder,
            run,
            {
                "backend": 1,
                "mysql_config": {
                    "user": server.user,
                    "passwd": server.password,
                    "db": name,
                    "unix_socket": str(server.socket),
                    "charset": "utf8",
                },
            },
            lambda since: mysql_mail_counts(login, since=since),
        )
    finally:
        server.drop_database(name)
