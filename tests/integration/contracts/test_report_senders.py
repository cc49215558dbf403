"""Reports: senders."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import UnknownSender
from rateguard.domain.ports import Reports
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.reports import (
    PAGED_BY_SENDER,
    CommonQuota,
    SenderEntry,
    SenderQuery,
    SenderSort,
    Totals,
)
from tests.integration.contracts.acts import LOOKALIKES, POLICY, create
from tests.integration.contracts.rig import NOON, SENDER, StoreRig


HOUR = dt.timedelta(hours=1)

ANNA = SenderCounter("anna@example.com", QuotaPolicy(10, 10), 9, 2, 90, 21)
BEN = SenderCounter("ben@example.com", QuotaPolicy(20, 20, locked=True), 1, 21, 9, 210)
CARL = SenderCounter("carl@example.org", QuotaPolicy(0, 0, suspended=True), 1, 1, 5, 5)
DORA = SenderCounter(
    "dora_%!@example.org",
    QuotaPolicy(5, 5, raised=Raise(99, NOON + HOUR)),
    6,
    50,
    7,
    51,
)
ALL = (ANNA, BEN, CARL, DORA)


@pytest.fixture(autouse=True)
def filled(rig: StoreRig) -> None:
    """Four senders are there, each different."""
    with rig.units() as unit:
        names = {each.sender for each in ALL}
        unit.counters.lock(names, default=POLICY, at=NOON)
        unit.counters.save(ALL, at=NOON)
        unit.counters.set_policies(ALL)
        unit.commit()


def listed(rig: StoreRig, query: SenderQuery, at: dt.datetime = NOON) -> list[str]:
    """Return the first letter of each."""
    with rig.units() as unit:
        reports: Reports = unit.reports
        return [each.counter.sender[0] for each in reports.senders(query, at=at)]


class TestSenders:
    def test_are_all_that_is_kept(self, rig: StoreRig) -> None:
        """The counter, with the policy as it is kept."""
        with rig.units() as unit:
            found = unit.reports.senders(SenderQuery(sort=SenderSort.SENDER), at=NOON)

        assert list(ALL) == [each.counter for each in found]

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            (SenderSort.SENDER, "abcd"),
            (SenderSort.MESSAGES, "adbc"),
            (SenderSort.RECIPIENTS, "dbac"),
            (SenderSort.MESSAGES_TOTAL, "abdc"),
            (SenderSort.RECIPIENTS_TOTAL, "bdac"),
            (SenderSort.QUOTA, "dbac"),
            (SenderSort.SHARE, "cbad"),
        ],
    )
    def test_are_sorted(self, rig: StoreRig, sort: SenderSort, order: str) -> None:
        """The largest first, by the quota in force."""
        assert list(order) == listed(rig, SenderQuery(sort=sort))
        assert list(order[1:]) == listed(rig, SenderQuery(sort=sort, offset=1))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (SenderQuery(containing="example.org"), "cd"),
            (SenderQuery(containing="_%!@"), "d"),
            (SenderQuery(containing="a_"), "d"),
            (SenderQuery(beginning="ben@"), "b"),
            (SenderQuery(beginning="dora_%"), "d"),
            (SenderQuery(beginning="example"), ""),
            (SenderQuery(domain="example.com"), "ab"),
            (SenderQuery(domain="ample.com"), ""),
            (SenderQuery(domain="example.co_"), ""),
            (SenderQuery(quota=0), "c"),
            (SenderQuery(quota=5), "d"),
            (SenderQuery(quota=99), ""),
            (SenderQuery(quota=10, domain="example.org"), ""),
            (SenderQuery(quota=10, domain="example.com"), "a"),
            (SenderQuery(over_quota=True), "bc"),
            (SenderQuery(over_quota=False), "ad"),
            (SenderQuery(suspended=True), "c"),
            (SenderQuery(suspended=False), "abd"),
            (SenderQuery(locked=True), "b"),
            (SenderQuery(locked=False), "acd"),
            (SenderQuery(raised=True), "d"),
            (SenderQuery(raised=False), "abc"),
            (SenderQuery(raised=False, over_quota=True, containing="ben"), "b"),
        ],
    )
    def test_are_filtered(self, rig: StoreRig, query: SenderQuery, found: str) -> None:
        """By all that is asked for at once."""
        by_name = attrs.evolve(query, sort=SenderSort.SENDER)

        assert list(found) == listed(rig, by_name)
        with rig.units() as unit:
            assert len(found) == unit.reports.count(query, at=NOON)

    def test_are_over_quota_when_the_raise_has_ended(self, rig: StoreRig) -> None:
        """It is the quota in force that counts."""
        query = SenderQuery(over_quota=True, sort=SenderSort.SENDER)

        assert list("bcd") == listed(rig, query, NOON + HOUR)

    def test_come_in_pages(self, rig: StoreRig) -> None:
        """Without gap or overlap."""
        query = SenderQuery(sort=SenderSort.SENDER, limit=3)

        assert list("abc") == listed(rig, query)
        assert list("d") == listed(rig, attrs.evolve(query, offset=3))
        assert listed(rig, attrs.evolve(query, offset=4)) == []


def paged(rig: StoreRig, query: SenderQuery) -> list[str]:
    """Return the names on all pages, each behind the last sender of the one before."""
    names: list[str] = []
    with rig.units() as unit:
        while page := unit.reports.senders(query, at=NOON):
            names += [each.counter.sender for each in page]
            query = attrs.evolve(query, after=names[-1])
    return names


BY_KEY = sorted(PAGED_BY_SENDER, key=str)
ODD = (*LOOKALIKES, "a\x00b", "a\x01", "\U0001f600", "%", "'\\")


@pytest.mark.parametrize("sort", BY_KEY, ids=str)
class TestPagesBySender:
    @pytest.mark.parametrize("limit", [1, 2, 3, 4])
    def test_are_the_whole(self, rig: StoreRig, sort: SenderSort, limit: int) -> None:
        """Without gap or overlap; behind the last full page there is an empty one."""
        names = paged(rig, SenderQuery(sort=sort, limit=limit))

        assert [name[0] for name in names] == listed(rig, SenderQuery(sort=sort))

    @pytest.mark.parametrize("limit", [1, 3])
    def test_have_equal_senders_once(
        self, rig: StoreRig, sort: SenderSort, limit: int
    ) -> None:
        """Whatever their names, and though nobody counted any of them."""
        create(rig, *ODD)
        with rig.units() as unit:
            whole = unit.reports.senders(SenderQuery(sort=sort), at=NOON)

        names = paged(rig, SenderQuery(sort=sort, limit=limit))

        assert {*ODD, *(each.sender for each in ALL)} == set(names)
        assert [each.counter.sender for each in whole] == names

    def test_are_filtered_and_skip(self, rig: StoreRig, sort: SenderSort) -> None:
        """A page may begin behind a sender that is not on any, and skip more."""
        query = SenderQuery(sort=sort, after=BEN.sender, suspended=False)
        behind = {SenderSort.SENDER: "d", SenderSort.RECIPIENTS: "a"}[sort]

        assert [behind] == listed(rig, query)
        assert listed(rig, attrs.evolve(query, offset=1)) == []
        behind_carl = attrs.evolve(query, after=CARL.sender, suspended=None)
        assert ["d"][: sort is SenderSort.SENDER] == listed(rig, behind_carl)

    def test_begin_behind_the_place_that_the_sender_has_now(
        self, rig: StoreRig, sort: SenderSort
    ) -> None:
        """Counters move, names do not."""
        with rig.units() as unit:
            found = unit.counters.find([CARL.sender])
            grown = [found[CARL.sender].charge(messages=1, recipients=40)]
            unit.counters.save(grown, at=NOON)
            unit.commit()

        behind = {SenderSort.SENDER: "d", SenderSort.RECIPIENTS: "ba"}[sort]
        assert list(behind) == listed(rig, SenderQuery(sort=sort, after=CARL.sender))

    def test_behind_a_sender_that_is_gone(
        self, rig: StoreRig, sort: SenderSort
    ) -> None:
        """A name has a place among names; a counter that is not there has none."""
        query = SenderQuery(sort=sort, after="c\x1b")

        if sort is SenderSort.SENDER:
            assert list("cd") == listed(rig, query)
        else:
            with pytest.raises(UnknownSender, match=r"unknown sender c\\x1b"):
                listed(rig, query)


class TestSender:
    def test_is_the_one_asked_for(self, rig: StoreRig) -> None:
        """However alike their names; a stranger is nobody."""
        create(rig, *LOOKALIKES[::2])
        with rig.units() as unit:
            found = [unit.reports.sender(name) for name in LOOKALIKES]
            anna = unit.reports.sender(SENDER)

        assert [SenderCounter(name, POLICY) for name in LOOKALIKES[::2]] == [
            each.counter for each in found if each
        ]
        assert isinstance(anna, SenderEntry)
        assert anna.counter == ANNA


class TestTotals:
    def test_count_the_senders(self, rig: StoreRig) -> None:
        """All, those over the quota in force, those suspended."""
        with rig.units() as unit:
            assert Totals(4, 2, 1, 1) == unit.reports.totals(at=NOON)
            assert Totals(4, 3, 1, 1) == unit.reports.totals(at=NOON + HOUR, quota=10)


class TestCommonQuota:
    def test_is_the_one_that_most_have(self, rig: StoreRig) -> None:
        """Whatever the next reset brings, or a raise; they are counted."""
        create(rig, "e", policy=QuotaPolicy(20, 10))
        create(rig, "f", policy=QuotaPolicy(20, 10, raised=Raise(30)))
        with rig.units() as unit:
            assert CommonQuota(20, 3) == unit.reports.common_quota()
            assert 3 == unit.reports.totals(at=NOON, quota=20).of_quota

    def test_is_the_smallest_of_equals(self, rig: StoreRig) -> None:
        """So that every store says the same."""
        with rig.units() as unit:
            assert CommonQuota(0, 1) == unit.reports.common_quota()

    def test_of_nobody_is_none(self, rig: StoreRig) -> None:
        """There is nothing to tell."""
        with rig.units() as unit:
            unit.counters.find([each.sender for each in ALL])
            unit.counters.remove([each.sender for each in ALL], let_go=0)
            unit.commit()
        with rig.units() as unit:
            assert unit.reports.common_quota() is None
