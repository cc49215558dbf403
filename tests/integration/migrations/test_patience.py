"""Migrating takes as long as it takes, and looking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
import pymysql
import pytest

from rateguard.domain.errors import SchemaLocked
from tests.integration.daemons import on_mariadb
from tests.integration.databases import empty_mariadb
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.mariadb import PrivateMariaDb


LAST = "rateguard-0005.messages-transaction"


@contextmanager
def _open_transaction(server: PrivateMariaDb, database: str) -> Iterator[None]:
    """Somebody reads ``messages``: it cannot be altered until that is done."""
    connection = pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=database,
    )
    with closing(connection):
        connection.cursor().execute("SELECT count(*) FROM messages")
        yield


@pytest.mark.long
def test_a_large_table_takes_longer_than_a_request(
    tmp_path: Path, mariadb: PrivateMariaDb
) -> None:
    """An ALTER that takes three times DB_TIMEOUT is waited for."""
    database = mariadb.create_database()
    settings = {**on_mariadb(mariadb, database), "DB_TIMEOUT": "1"}
    rateguard = PrivateDaemon(tmp_path, settings)
    assert rateguard.run("migrate").returncode == 0
    mariadb.execute(f"ALTER TABLE {database}.messages DROP COLUMN transaction_id")
    mariadb.execute(
        f"DELETE FROM {database}._yoyo_migration WHERE migration_id = %s", LAST
    )
    waiting = (
        "SELECT 1 FROM information_schema.processlist WHERE time_ms > 3000"
        f" AND db = '{database}' AND state LIKE 'Waiting for table metadata%'"
    )
    with ThreadPoolExecutor() as threads:
        with _open_transaction(mariadb, database):
            migrating = threads.submit(rateguard.run, "migrate")
            until(lambda: mariadb.execute(waiting))
        done = migrating.result()

    assert (0, f"applied: {LAST}\n") == (done.returncode, done.stdout)
    mariadb.drop_database(database)


def test_a_table_that_is_kept_is_not_waited_for_all_day(
    mariadb: PrivateMariaDb,
) -> None:
    """
    Whoever comes after a change that waits for a table waits, too. It is told
    what to do, and the next run goes on.
    """
    with empty_mariadb(mariadb) as database:
        migrator = attrs.evolve(database.migrator, table_wait=1)
        migrator.apply()
        database.rig.run("ALTER TABLE messages DROP COLUMN transaction_id")
        database.forget(LAST)
        with (
            _open_transaction(mariadb, migrator.database),
            pytest.raises(SchemaLocked, match="SHOW FULL PROCESSLIST"),
        ):
            migrator.apply()

        assert migrator.apply() == [LAST]


def test_check_makes_no_file(tmp_path: Path) -> None:
    """
    ``migrate --check`` says that everything is pending where there is no
    database yet, and leaves none behind.
    """
    rateguard = PrivateDaemon(tmp_path)

    checked = rateguard.run("migrate", "--check")

    assert checked.returncode == 1
    assert "pending: rateguard-0001.ratelimits\n" in checked.stdout
    assert not list(tmp_path.glob("rateguard.db*"))
