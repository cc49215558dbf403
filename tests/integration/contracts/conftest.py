"""Gives every test of the contract each store in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.contracts.rig import HandClock, StoreRig
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.store_rigs import MemoryRig
from tests.integration.stores import (
    STORES,
    Open,
    migrated_mariadb,
    migrated_sqlite,
)


@contextmanager
def _without_leak(
    opening: Open | None, request: pytest.FixtureRequest
) -> Iterator[StoreRig]:
    """Whatever a test does, in the end no unit may have kept a connection."""
    assert opening is not None
    with opening(request) as rig:
        yield rig
        assert rig.checked_out() == 0, "a unit kept its connection"


@pytest.fixture(params=STORES, ids=str)
def rig(request: pytest.FixtureRequest) -> Iterator[StoreRig]:
    with _without_leak(request.param.open, request) as rig:
        yield rig


@pytest.fixture(params=[store for store in STORES if store.breakable], ids=str)
def server_rig(request: pytest.FixtureRequest) -> Iterator[StoreRig]:
    """A rig whose connections can be broken."""
    with _without_leak(request.param.open, request) as rig:
        yield rig


@pytest.fixture(params=[store for store in STORES if store.open_impatient], ids=str)
def impatient_rig(request: pytest.FixtureRequest) -> Iterator[StoreRig]:
    """A rig whose units soon give up waiting for each other."""
    with _without_leak(request.param.open_impatient, request) as rig:
        yield rig


@pytest.fixture(params=[store for store in STORES if store.open_away], ids=str)
def away_rig(request: pytest.FixtureRequest) -> Iterator[StoreRig]:
    """A rig of a store that cannot be reached; only *units* works."""
    with _without_leak(request.param.open_away, request) as rig:
        yield rig


@pytest.fixture
def reference_rig() -> StoreRig:
    """The store that others are compared with."""
    return MemoryRig()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file with the whole schema, to be copied."""
    return migrated_sqlite(tmp_path_factory.mktemp("sqlite") / "template.db")


@pytest.fixture(scope="session")
def mariadb_database(mariadb: PrivateMariaDb) -> Iterator[str]:
    """A database with the whole schema; it is emptied before each test."""
    database = migrated_mariadb(mariadb)
    yield database
    mariadb.drop_database(database)
