"""Pages of many senders, asked for in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from rateguard.adapters.sql.reports import SqlReports, queries
from rateguard.adapters.sql.reports.division import Division, Key, Part, in_order
from rateguard.adapters.sql.reports.far_pages import FAR, FarPages
from rateguard.adapters.sql.reports.side_by_side import Asking
from rateguard.adapters.sql.sqlite import sqlite_looking
from rateguard.adapters.sql.transaction import Transaction
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import MessageQuery, SenderQuery, SenderSort, Totals
from tests.brief import BRIEF
from tests.integration.contracts.rig import NOON
from tests.integration.crowded import ALL, COUNT, filled
from tests.integration.databases import empty_mariadb, empty_sqlite
from tests.integration.store_rigs import SqlRig
from tests.integration.stores import pooled


# The store's sorting is the same under every Python.
OVER = [None] if BRIEF else [None, True]


@pytest.fixture(scope="module", params=["sqlite", "looking", "mariadb"])
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRig]:
    """
    A store of which parts are short; SQLite also as commands read it, on a
    machine of two processors.
    """
    folder: Path = tmp_path_factory.mktemp("many")
    with (
        empty_mariadb(request.getfixturevalue("mariadb"))
        if request.param == "mariadb"
        else empty_sqlite(folder)
    ) as database:
        dialect = database.rig.dialect
        if request.param == "looking":
            path = folder / "rateguard.db"
            dialect = attrs.evolve(sqlite_looking(path, busy_timeout=60), readers=2)
        yield filled(database, attrs.evolve(dialect, least_part=100))


@pytest.fixture
def looking(rig: SqlRig) -> Iterator[SqlUnitOfWork]:
    """A unit that may ask over several connections."""
    with pooled(rig.dialect) as pool, SqlUnitOfWork(pool, reading=True) as unit:
        yield unit


def names(unit: SqlUnitOfWork, query: SenderQuery) -> list[str]:
    return [each.counter.sender for each in unit.reports.senders(query, at=NOON)]


class TestPages:
    @pytest.mark.parametrize("sort", SenderSort)
    @pytest.mark.parametrize("over", OVER, ids=str)
    def test_are_slices_of_the_whole(
        self, rig: SqlRig, looking: SqlUnitOfWork, sort: SenderSort, over: bool | None
    ) -> None:
        """However far behind, and whoever asks."""
        query = SenderQuery(sort=sort, over_quota=over, limit=ALL)
        with rig.units() as alone:
            whole = names(alone, query)

        for offset in (0, FAR - 1, FAR, FAR + 2345, len(whole) - 20, len(whole)):
            page = attrs.evolve(query, offset=offset, limit=50)
            assert whole[offset : offset + 50] == names(looking, page), offset

    @pytest.mark.parametrize("sort", [*SenderSort][1:])
    def test_far_behind_are_found_without_sorting_all(
        self, looking: SqlUnitOfWork, sort: SenderSort
    ) -> None:
        """Some senders tell where they are."""
        at = "2026-11-23 12:00:00"
        times = [at] * {SenderSort.QUOTA: 1, SenderSort.SHARE: 2}.get(sort, 0)
        key = queries.SORT_KEYS[sort]
        asking = Asking(looking._transaction)
        pages = FarPages(asking, Key(key, times, sort is not SenderSort.CHANGED), [])

        ids = pages.ids(COUNT // 2, 50)

        assert ids is not None
        assert len(set(ids)) == 50

    def test_that_are_too_many_are_sorted_by_the_store(self) -> None:
        """A text that may have been cut is not read."""
        cut = Part((1, 2), above=0, at_highest=0, at_lowest=0, between=None)

        assert in_order([cut]) is None


class TestDivision:
    @pytest.mark.parametrize(("highest", "lowest"), [(5000, 4000), (4000, 4000)])
    def test_has_each_once(
        self, looking: SqlUnitOfWork, highest: int, lowest: int
    ) -> None:
        """Above, at the highest, between, at the lowest; nobody below."""
        asking = Asking(looking._transaction)
        totals = [number * 7919 % 10007 for number in range(COUNT)]

        (part,) = Division(Key("msg_total"), highest, lowest).parts(
            asking, [(1, ALL)], []
        )

        assert sum(each > highest for each in totals) == part.above
        assert totals.count(highest) == part.at_highest
        assert sum(lowest < each < highest for each in totals) == len(
            part.between or ()
        )
        assert (0 if highest == lowest else totals.count(lowest)) == part.at_lowest


class TestMessages:
    @pytest.mark.parametrize("words", [{"client": "192.0.2.1"}, {"queue_id": "4ABC"}])
    def test_are_the_newest_of_all_parts(
        self, rig: SqlRig, looking: SqlUnitOfWork, words: dict[str, str]
    ) -> None:
        """The same, whoever asks, and no more than asked for."""
        query = MessageQuery(NOON, limit=400, **words)  # type: ignore[arg-type]
        with rig.units() as alone:
            expected = alone.reports.messages(query)

        assert expected == looking.reports.messages(query)
        sizes = [each.recipients for each in expected]
        step = 3 if query.client else 1
        assert [*range(1000, 0, -step)][:400] == sizes


class TestTotals:
    def test_are_those_of_all_parts(self, rig: SqlRig, looking: SqlUnitOfWork) -> None:
        """The same, whoever asks."""
        with rig.units() as alone:
            totals = alone.reports.totals(at=NOON)

        assert totals == looking.reports.totals(at=NOON)
        assert isinstance(totals, Totals)
        assert totals.senders == COUNT

    def test_need_no_second_connection(self, rig: SqlRig) -> None:
        """A server may refuse more: then the first asks for all."""

        def refused() -> Transaction:
            raise StoreUnavailable

        with pooled(rig.dialect) as pool, SqlUnitOfWork(pool) as unit:
            asking = Asking(unit._transaction, refused)
            reports = SqlReports(asking)

            assert unit.reports.totals(at=NOON) == reports.totals(at=NOON)
