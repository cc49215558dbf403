"""Looks into the stores: what has been counted."""

from __future__ import annotations

import sqlite3

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.integration.rigs.mariadb import PrivateMariaDb


Books = Callable[[], Counter[str]]
"""Returns how many messages of each sender the store has counted."""


def of_file(path: Path) -> Books:
    """Of an SQLite file; nothing while there is nothing to read."""

    def counted() -> Counter[str]:
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
                rows = file.execute("SELECT sender, msg_total FROM ratelimits")
                return Counter(dict(rows.fetchall()))
        except sqlite3.OperationalError:
            return Counter()

    return counted


def of_database(server: PrivateMariaDb, database: str) -> Books:
    """Of a database of a MariaDB."""
    all_of = "SELECT sender, msg_total FROM {}.ratelimits"

    def counted() -> Counter[str]:
        rows = server.execute(all_of.format(database))
        return Counter(dict(rows))

    return counted
