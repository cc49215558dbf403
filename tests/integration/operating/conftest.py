"""Operators of a daemon with a few senders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import on_mariadb
from tests.integration.operating.operators import Operator, asked, fill
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb


@pytest.fixture(scope="module")
def sqlite_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDaemon]:
    """A daemon for the tests of one file: what they send counts in no other."""
    with asked(tmp_path_factory.mktemp("operator")) as daemon:
        yield daemon


@pytest.fixture
def operator(sqlite_daemon: PrivateDaemon) -> Operator:
    """An operator of that daemon."""
    return Operator(sqlite_daemon)


@pytest.fixture
def server_operator(tmp_path: Path, mariadb: PrivateMariaDb) -> Iterator[Operator]:
    """One with a daemon of its own, on MariaDB."""
    database = mariadb.create_database()
    settings = on_mariadb(mariadb, database)
    settings |= {"QUOTA": "3", "DB_AUTO_MIGRATE": "true"}
    settings["SOCKET"] = str(tmp_path / "policy")
    with PrivateDaemon(tmp_path, settings) as daemon:
        fill(daemon)
        yield Operator(daemon)
    mariadb.drop_database(database)
