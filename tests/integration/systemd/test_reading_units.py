"""Who only looks makes nobody wait, and waits for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.sql.database import SqlUnitOfWork
from rateguard.adapters.sql.dialect import Dialect
from rateguard.adapters.sql.pool import ConnectionPool
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.look import SurveyStore
from rateguard.entrypoints.container import database_of
from rateguard.entrypoints.settings.environment import parse
from tests.integration.contracts.rig import NOON, SENDER
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.stores import migrated_sqlite, pooled, sqlite_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of SQLite, where one writes at a time."""
    return migrated_sqlite(tmp_path / "rateguard.db")


@pytest.fixture
def pool(path: Path) -> Iterator[ConnectionPool]:
    """Connections that do not wait."""
    with pooled(sqlite_file(path, busy_timeout=0.0)) as pool:
        yield pool


@pytest.fixture
def writing(pool: ConnectionPool) -> Iterator[SqlUnitOfWork]:
    """A unit that has changed something and is not at its end."""
    with SqlUnitOfWork(pool) as unit:
        unit.counters.lock({SENDER}, default=QuotaPolicy.of(1), at=NOON)
        yield unit


class TestReadingUnit:
    def test_waits_for_nobody_and_nobody_for_it(
        self, pool: ConnectionPool, writing: SqlUnitOfWork
    ) -> None:
        """It sees what was committed before it began; the other goes on."""
        with SqlUnitOfWork(pool, reading=True) as looking:
            before = looking.reports.sender(SENDER)
            writing.commit()
            assert looking.reports.sender(SENDER) is before is None
        with SqlUnitOfWork(pool, reading=True) as looking:
            assert looking.reports.sender(SENDER)

    def test_is_what_the_metrics_look_with(
        self, path: Path, writing: SqlUnitOfWork
    ) -> None:
        """A look every half a minute holds up no batch."""
        settings = {"DB_DATABASE": str(path), "DB_TIMEOUT": "0.1"}
        database = database_of(parse(settings).settings)
        survey = SurveyStore(database.reading_unit, SystemClock())
        assert survey().senders.senders == 0
        database.close()

    @pytest.mark.parametrize("command", [["sender", "list"], ["history"]], ids=str)
    def test_is_what_operators_look_with(
        self, tmp_path: Path, path: Path, writing: SqlUnitOfWork, command: list[str]
    ) -> None:
        """They see what there is while the daemon writes."""
        settings = {"DB_DATABASE": str(path), "DB_TIMEOUT": "0.1"}
        done = PrivateDaemon(tmp_path, settings).run(*command)
        assert (done.returncode, done.stderr) == (0, "")

    def test_of_operators_has_a_small_cache(self, path: Path) -> None:
        """Their pages are read once; those who write have use for a large one."""
        database = database_of(parse({"DB_DATABASE": str(path)}).settings)

        def cache(dialect: Dialect) -> int:
            with closing(dialect.connect()) as connection:
                size: int = connection.execute("PRAGMA cache_size").fetchone()[0]
                return abs(size)

        assert cache(database.looking()) < cache(database.dialect)
