"""
The SQL statement of a mail, run.
"""

from __future__ import annotations

import sqlite3

import pytest

from rateguard.adapters.notify.mail.facts import raise_quota
from tests.integration.rigs.mariadb import PrivateMariaDb


SENDERS = [
    "anna@example.org",
    "o'neil",
    "DOM\\anna",
    "a\nb",
    "\\'",
    "jörg 邮",
    "%",
    '"',
]

_TABLE = "CREATE TABLE ratelimits (sender varchar(255), quota int)"


class TestStatement:
    @pytest.mark.parametrize("sender", SENDERS)
    def test_finds_the_sender_in_sqlite(self, sender: str) -> None:
        """
        Him and nobody else, whatever he is called.
        """
        with sqlite3.connect(":memory:") as database:
            database.execute(_TABLE)
            database.executemany(
                "INSERT INTO ratelimits VALUES (?, 1)", [(each,) for each in SENDERS]
            )
            database.execute(raise_quota(sender).replace("= N", "= 7"))
            found = database.execute("SELECT sender FROM ratelimits WHERE quota = 7")
            assert [(sender,)] == found.fetchall()
        database.close()

    def test_finds_the_sender_in_mariadb(self, mariadb: PrivateMariaDb) -> None:
        """
        Him and nobody else, where a backslash escapes.
        """
        table = f"{mariadb.create_database()}.ratelimits"
        mariadb.execute(
            f"CREATE TABLE {table} (sender varchar(255)"
            " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, quota int)"
        )
        for each in SENDERS:
            mariadb.execute(f"INSERT INTO {table} VALUES (%s, 1)", each)

        for each in SENDERS:
            mariadb.execute(f"UPDATE {table} SET quota = 1")
            statement = raise_quota(each).replace("ratelimits", table)
            mariadb.execute(statement.replace("= N", "= 7"))
            changed = f"SELECT sender FROM {table} WHERE quota = 7"
            assert [(each,)] == mariadb.execute(changed)
