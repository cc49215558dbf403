"""Daemons to break, and what they are broken with."""

from __future__ import annotations

import os

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.faults import books
from tests.integration.faults.disk import SmallDisk
from tests.integration.faults.victim import Victim
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.requirements import REQUIRE_VARIABLE, require
from tests.integration.stores import migrated_mariadb


EMPTY = "DELETE FROM {}.{}"


@pytest.fixture
def victim(tmp_path: Path) -> Victim:
    """A daemon on SQLite, not started."""
    file = tmp_path / "rateguard.db"
    return Victim(tmp_path, {"DB_DATABASE": str(file)}, counted=books.of_file(file))


@pytest.fixture
def running(victim: Victim) -> Iterator[Victim]:
    """The same, started."""
    with victim:
        yield victim


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk that is soon full."""
    missing = None if os.geteuid() == 0 else "mounting needs root: run tests as root"
    required = os.environ.get(REQUIRE_VARIABLE, "")
    require("postfix" if "postfix" in required else "mysql", missing)
    with SmallDisk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture(scope="session")
def guarded(mariadb: PrivateMariaDb) -> Iterator[str]:
    """
    A database of MariaDB, with a login of the same name that has no right
    elsewhere. Whoever damages it repairs it.
    """
    database = migrated_mariadb(mariadb)
    mariadb.execute(f"CREATE USER {database}@'%' IDENTIFIED BY 'secret'")
    mariadb.execute(f"GRANT ALL ON {database}.* TO {database}@'%'")
    yield database
    mariadb.execute(f"DROP USER {database}")
    mariadb.drop_database(database)


@pytest.fixture
def on_mariadb(tmp_path: Path, mariadb: PrivateMariaDb, guarded: str) -> Victim:
    """A daemon on MariaDB, not started."""
    for table in ("messages", "ratelimits"):
        mariadb.execute(EMPTY.format(guarded, table))
    settings = {
        "DB_DRIVER": "pymysql",
        "DB_HOST": mariadb.host,
        "DB_PORT": str(mariadb.port),
        "DB_USER": guarded,
        "DB_PASSWORD": "secret",
        "DB_DATABASE": guarded,
        "DB_TIMEOUT": "2",
        "DB_LANES": "2",
    }
    return Victim(tmp_path, settings, counted=books.of_database(mariadb, guarded))


@pytest.fixture
def on_mariadb_too(on_mariadb: Victim) -> Victim:
    """Another daemon on the same database."""
    folder = on_mariadb.folder / "too"
    folder.mkdir()
    return Victim(folder, on_mariadb.settings, counted=on_mariadb.counted)


@pytest.fixture(params=["victim", "on_mariadb"])
def either(request: pytest.FixtureRequest) -> Victim:
    """A daemon on each store, not started."""
    victim: Victim = request.getfixturevalue(request.param)
    return victim
