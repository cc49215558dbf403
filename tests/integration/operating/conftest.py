"""Operators of a daemon with a few senders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import on_mariadb
from tests.integration.operating.operators import Operator, asked, fill
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb


@pytest.fixture(scope="package")
def sqlite_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDaemon]:
    """The daemon that all share. Tests that change a sender take one of their own."""
    with asked(tmp_path_factory.mktemp("operator")) as daemon:
        yield daemon


@pytest.fixture
def operator(sqlite_daemon: PrivateDaemon) -> Operator:
    """An operator of the daemon that all share."""
    return Operator(sqlite_daemon)


@pytest.fixture
def server_operator(tmp_path: Path, mariadb: PrivateMariaDb) -> Iterator[Operator]:
    """One of a daemon of his own, on MariaDB."""
    database = mariadb.create_database()
    settings = on_mariadb(mariadb, database)
    settings |= {"QUOTA": "3", "DB_AUTO_MIGRATE": "true"}
    settings["SOCKET"] = str(tmp_path / "policy")
    with PrivateDaemon(tmp_path, settings) as daemon:
        fill(daemon)
        yield Operator(daemon)
    mariadb.drop_database(database)
