"""What policyd-rate-limit counted is read, and only read."""

from __future__ import annotations

import datetime as dt
import sqlite3

from contextlib import closing
from pathlib import Path

import pytest

from rateguard.adapters.sql.foreign import mysql_mail_counts, sqlite_mail_counts
from rateguard.adapters.sql.mysql import MysqlServer
from rateguard.domain.errors import SourceUnreadable
from rateguard.domain.orders import Usage
from tests.integration.moving.rate_limit import RateLimit, on_sqlite
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.stores import mariadb_login


NOON = dt.datetime(2024, 2, 29, 12, 0, 0, tzinfo=dt.UTC)
THEN = NOON.timestamp()


class TestCounts:
    def test_are_of_this_period(self, rate_limit: RateLimit) -> None:
        """From its first second on."""
        rate_limit.fill(
            ("jane", THEN - 1, 100, "a"),
            ("jane", THEN, 3, "b"),
            ("jane", THEN + 60, 4, "c"),
        )

        assert [Usage("jane", 2, 7)] == rate_limit.counted(NOON)

    def test_are_of_messages_and_recipients(self, rate_limit: RateLimit) -> None:
        """
        A message that was asked about recipient by recipient is one message;
        a row of an old version without a count is one recipient.
        """
        rate_limit.fill(
            ("jane", THEN, 1, "a"), ("jane", THEN, 1, "a"), ("jane", THEN, None, "b")
        )

        assert [Usage("jane", 2, 3)] == rate_limit.counted(NOON)

    def test_of_lookalikes_are_apart(self, rate_limit: RateLimit) -> None:
        """Also where the database takes one name for the other."""
        names = ["Jorg", "jorg", "j\u00f6rg"]
        rate_limit.fill(*((name, THEN, 5, "a") for name in names))

        found = sorted(usage.name for usage in rate_limit.counted(NOON))
        assert names == found

    def test_of_nobody(self, rate_limit: RateLimit) -> None:
        """A table without rows is one."""
        rate_limit.fill()

        assert [] == rate_limit.counted(NOON)


class TestSqliteFile:
    def test_is_left_as_it_is(self, tmp_path: Path) -> None:
        """
        Not a byte is changed, nor a file made beside it, while another
        program has it open.
        """
        with on_sqlite(tmp_path) as rate_limit:
            rate_limit.fill(("jane", THEN, 3, "a"))
        file = tmp_path / "db.sqlite3"
        before = file.read_bytes()
        with closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM mail_count").fetchone()

            assert [Usage("jane", 1, 3)] == sqlite_mail_counts(file, since=NOON)

        assert before == file.read_bytes()
        assert [file] == list(tmp_path.iterdir())

    def test_with_a_name_that_is_no_text(self, tmp_path: Path) -> None:
        """A client may send any bytes as its name."""
        with on_sqlite(tmp_path) as rate_limit:
            rate_limit.fill()
            rate_limit.run(
                "INSERT INTO mail_count VALUES (CAST(x'6aff' AS TEXT), {p}, 1, '', '')",
                [(THEN,)],
            )

            assert [Usage("j\\xff", 1, 1)] == rate_limit.counted(NOON)

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (None, "there is no such file"),
            (b"", "no such table: mail_count"),
            (b"This is no database. " * 99, "file is not a database"),
        ],
    )
    def test_that_is_none_is_told(
        self, tmp_path: Path, content: bytes | None, problem: str
    ) -> None:
        """In one line that names it."""
        file = tmp_path / "db.sqlite3"
        if content is not None:
            file.write_bytes(content)

        with pytest.raises(SourceUnreadable) as caught:
            sqlite_mail_counts(file, since=NOON)

        assert f"{file}: {problem}" == str(caught.value)


def test_a_server_that_refuses_is_told(mariadb: PrivateMariaDb) -> None:
    """In one line that names the database and not the password."""
    good = mariadb_login(mariadb, "no_such_database")
    bad = MysqlServer(
        host=good.host, port=0, user="nobody", password="s3cret", database="x"
    )
    for server in (good, bad):
        with pytest.raises(SourceUnreadable) as caught:
            mysql_mail_counts(server, since=NOON)
        (line,) = str(caught.value).splitlines()
        assert line.startswith(f"{server.database} at {good.host}: ")
        assert server.password not in line
