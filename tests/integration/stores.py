"""
The matrix: every store that ships with RateGuard, as the contract suite and
others open it.
"""

from __future__ import annotations

import shutil

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import attrs
import pytest

from rateguard.adapters.sql.dialect import Dialect
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.mysql import MysqlServer, mysql_dialect
from rateguard.adapters.sql.pool import ConnectionPool, PoolLimits
from rateguard.adapters.sql.sqlite import sqlite_dialect
from tests.integration.contracts.rig import StoreRig
from tests.integration.rigs import free_port
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.ready import MIGRATIONS, ready_file
from tests.integration.store_rigs import MariaDbRig, MemoryRig, SqlRig


_PATIENCE = 60.0
_LITTLE_PATIENCE = 0.05

Open = Callable[[pytest.FixtureRequest], AbstractContextManager[StoreRig]]


@attrs.frozen
class Store:
    """
    One store of the matrix.

    Attributes:
        open: Makes it, empty.

        open_impatient:
            Makes one that soon gives up waiting for another unit; None where
            units wait for ever.

        open_away: Makes one that cannot be reached; None where that cannot be.

        breakable: Its rig is a ``ServerRig``.
    """

    name: str
    open: Open
    open_impatient: Open | None = None
    open_away: Open | None = None
    breakable: bool = False

    def __str__(self) -> str:
        return self.name


@contextmanager
def pooled(dialect: Dialect) -> Iterator[ConnectionPool]:
    """A pool of few connections, closed in the end."""
    pool = ConnectionPool(dialect, PoolLimits(maxcached=4))
    try:
        yield pool
    finally:
        pool.close()


@contextmanager
def _memory(_request: pytest.FixtureRequest) -> Iterator[MemoryRig]:
    yield MemoryRig()


def sqlite_file(path: Path, *, busy_timeout: float = _PATIENCE) -> Dialect:
    """The dialect over a file."""
    return sqlite_dialect(path, busy_timeout=busy_timeout)


def migrated_sqlite(path: Path) -> Path:
    """Make a database file with the whole schema."""
    ready_file(path)
    return path


def _sqlite(busy_timeout: float) -> Open:
    @contextmanager
    def opened(request: pytest.FixtureRequest) -> Iterator[SqlRig]:
        path: Path = request.getfixturevalue("tmp_path") / "rateguard.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        dialect = sqlite_file(path, busy_timeout=busy_timeout)
        with pooled(dialect) as pool:
            yield SqlRig(dialect, pool)

    return opened


@contextmanager
def _sqlite_nowhere(request: pytest.FixtureRequest) -> Iterator[SqlRig]:
    dialect = sqlite_file(
        request.getfixturevalue("tmp_path") / "no" / "such" / "folder"
    )
    with pooled(dialect) as pool:
        yield SqlRig(dialect, pool)


def mariadb_login(server: PrivateMariaDb, database: str) -> MysqlServer:
    """Where a database is and who we are there."""
    return MysqlServer(
        host=str(server.socket),
        port=server.port,
        user=server.user,
        password=server.password,
        database=database,
        timeout=_PATIENCE,
    )


def migrated_mariadb(server: PrivateMariaDb) -> str:
    """Make a database with the whole schema; return its name."""
    database = server.create_database()
    dialect = mysql_dialect(mariadb_login(server, database))
    Migrator(dialect, MIGRATIONS, database, dialect).apply()
    return database


@contextmanager
def _mariadb(request: pytest.FixtureRequest) -> Iterator[MariaDbRig]:
    server: PrivateMariaDb = request.getfixturevalue("mariadb")
    login = mariadb_login(server, request.getfixturevalue("mariadb_database"))
    dialect = mysql_dialect(login)
    with pooled(dialect) as pool:
        rig = MariaDbRig(dialect, pool, server)
        rig.clear()
        yield rig


@contextmanager
def _mariadb_nowhere(_request: pytest.FixtureRequest) -> Iterator[SqlRig]:
    dialect = mysql_dialect(MysqlServer("127.0.0.1", free_port(), "", "", "none"))
    with pooled(dialect) as pool:
        yield SqlRig(dialect, pool)


STORES = (
    Store("memory", open=_memory),
    Store(
        "sqlite",
        open=_sqlite(_PATIENCE),
        open_impatient=_sqlite(_LITTLE_PATIENCE),
        open_away=_sqlite_nowhere,
    ),
    Store(
        "mariadb",
        open=_mariadb,
        # Waits for LOCK_WAIT_SECONDS at most.
        open_impatient=_mariadb,
        open_away=_mariadb_nowhere,
        breakable=True,
    ),
)
