"""What it takes to connect to a server."""

from __future__ import annotations

import contextlib
import json
import ssl

from typing import Any

import attrs
import pytest

from rateguard.adapters.sql.counters import ADD_COUNTERS, LOCK_COUNTERS
from rateguard.adapters.sql.messages import ADD_MESSAGES, FIND_CHARGES
from rateguard.adapters.sql.mysql import mysql_dialect
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.stores import mariadb_login, migrated_mariadb, pooled


def test_a_connection_over_tcp_reads_no_certificates(
    mariadb: PrivateMariaDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    To read all that the system trusts takes 40 ms of the interpreter, in which
    no request is answered, and nothing would be verified with them.
    """
    login = attrs.evolve(mariadb_login(mariadb, "mysql"), host=mariadb.host)
    read: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *a: read.append(a))
    with contextlib.closing(mysql_dialect(login).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        answered = cursor.fetchone()

    assert answered == (1,)
    assert read == []


def test_a_lock_makes_no_table_on_disk(mariadb: PrivateMariaDb) -> None:
    """
    MariaDB makes one for each query that packs rows by ``JSON_ARRAYAGG``: two files
    a batch, as dear as the rest of the query.
    """
    database = migrated_mariadb(mariadb)
    dialect = mysql_dialect(mariadb_login(mariadb, database))
    with contextlib.closing(dialect.connect()) as connection:
        cursor = connection.cursor()
        row = ("a", 1, 1, "2026-01-01", "2026-01-01")
        cursor.execute(dialect.sql(ADD_COUNTERS), row)
        cursor.execute(dialect.sql(LOCK_COUNTERS), ("a",))
        (packed,) = cursor.fetchone()
        cursor.execute("SHOW SESSION STATUS LIKE 'Created_tmp_disk_tables'")
        (_, tables) = cursor.fetchone()
        connection.rollback()
    mariadb.drop_database(database)

    assert [1, 1] == json.loads(packed)[0][2:4]
    assert int(tables) == 0


def test_what_was_asked_ahead_ends_with_its_locks(mariadb: PrivateMariaDb) -> None:
    """A transaction that begins again asks again: others may charge meanwhile."""
    database = migrated_mariadb(mariadb)
    dialect = mysql_dialect(mariadb_login(mariadb, database))
    with pooled(dialect) as pool, contextlib.closing(dialect.connect()) as other:
        transaction = pool.begin()
        transaction.ask_ahead((FIND_CHARGES, ["t1"]))
        transaction.begin_again()
        texts = ("t1", "4ABC", "jane", 3, 0, "", "", "", "", "2026-01-01")
        other.cursor().execute(dialect.sql(ADD_MESSAGES), (None, *texts))
        other.commit()
        found = transaction.select_many(FIND_CHARGES, ["t1"])
        transaction.end()
    mariadb.drop_database(database)

    assert [(None, "t1", 3, 0)] == list(found)
