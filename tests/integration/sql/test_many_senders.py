"""Pages of many senders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from rateguard.adapters.sql.database import SqlUnitOfWork
from rateguard.adapters.sql.sqlite import sqlite_dialect
from rateguard.domain.reports import (
    PAGED_BY_SENDER,
    MessageQuery,
    SenderQuery,
    SenderSort,
)
from tests.brief import BRIEF
from tests.integration.contracts.rig import NOON
from tests.integration.databases import empty_mariadb, empty_sqlite
from tests.integration.sql.crowded import ALL, COUNT, filled
from tests.integration.store_rigs import SqlRig
from tests.integration.stores import pooled


# The store's sorting is the same under every Python.
OVER = [None] if BRIEF else [None, True]


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRig]:
    """A store of many; SQLite as commands read it."""
    folder: Path = tmp_path_factory.mktemp("many")
    with (
        empty_mariadb(request.getfixturevalue("mariadb"))
        if request.param == "mariadb"
        else empty_sqlite(folder)
    ) as database:
        dialect = database.rig.dialect
        if request.param == "sqlite":
            path = folder / "rateguard.db"
            dialect = sqlite_dialect(path, busy_timeout=60, looking=True)
        yield filled(database, dialect)


@pytest.fixture
def looking(rig: SqlRig) -> Iterator[SqlUnitOfWork]:
    """A unit that only reads."""
    with pooled(rig.dialect) as pool, SqlUnitOfWork(pool, reading=True) as unit:
        yield unit


def names(unit: SqlUnitOfWork, query: SenderQuery) -> list[str]:
    return [each.counter.sender for each in unit.reports.senders(query, at=NOON)]


class TestPages:
    @pytest.mark.parametrize("sort", SenderSort)
    @pytest.mark.parametrize("over", OVER, ids=str)
    def test_are_slices_of_the_whole(
        self, looking: SqlUnitOfWork, sort: SenderSort, over: bool | None
    ) -> None:
        """However far behind, and by whatever they are sorted."""
        query = SenderQuery(sort=sort, over_quota=over, limit=ALL)
        whole = names(looking, query)

        assert len(whole) == len(set(whole))
        for offset in (0, 1, len(whole) // 2, len(whole) - 20, len(whole)):
            page = attrs.evolve(query, offset=offset, limit=50)
            assert whole[offset : offset + 50] == names(looking, page), offset

    @pytest.mark.parametrize("sort", sorted(PAGED_BY_SENDER, key=str))
    @pytest.mark.parametrize("over", OVER, ids=str)
    def test_one_after_the_other_are_the_whole(
        self, looking: SqlUnitOfWork, sort: SenderSort, over: bool | None
    ) -> None:
        """Each begins behind the last sender of the one before."""
        query = SenderQuery(sort=sort, over_quota=over, limit=ALL)
        whole = names(looking, query)

        pages: list[str] = []
        query = attrs.evolve(query, limit=900)
        while page := names(looking, query):
            pages += page
            query = attrs.evolve(query, after=page[-1])
        assert whole == pages


class TestMessages:
    @pytest.mark.parametrize("words", [{"client": "192.0.2.1"}, {"queue_id": "4ABC"}])
    def test_are_the_newest(
        self, looking: SqlUnitOfWork, words: dict[str, str]
    ) -> None:
        """And no more than asked for."""
        query = MessageQuery(NOON, limit=400, **words)  # type: ignore[arg-type]

        sizes = [each.recipients for each in looking.reports.messages(query)]

        step = 3 if query.client else 1
        assert [*range(1000, 0, -step)][:400] == sizes


class TestTotals:
    def test_are_of_all(self, looking: SqlUnitOfWork) -> None:
        assert looking.reports.totals(at=NOON).senders == COUNT
