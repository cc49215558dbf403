"""An order is carried out and recorded, or neither."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.orders import (
    LOCK_QUOTA,
    RELEASE,
    SUSPEND,
    UNLOCK_QUOTA,
    Change,
    FieldChange,
    Order,
    RaiseBy,
    RaiseQuota,
    ResetNow,
    SetQuota,
    TakeOver,
)
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from rateguard.domain.usecases.manage import ManageSenders
from tests.unit.doubles import NOON, HandClock


ANNA, BEN, CARL = "anna@example.com", "ben@example.com", "carl@example.com"
STRANGER = "ana@example.com"

Policies: TypeAlias = dict[str, QuotaPolicy]


@pytest.fixture
def store() -> MemoryStore:
    """Anna has sent to three; of two others one has a quota of 99."""
    store = MemoryStore()
    judge = JudgeSubmissions(store, HandClock(), QuotaPolicy.of(10))
    judge([Submission(ANNA, 3), Submission(BEN), Submission(CARL)])
    store.set_policy(CARL, QuotaPolicy.of(99))
    return store


@pytest.fixture
def manage(store: MemoryStore) -> ManageSenders:
    return ManageSenders(store, HandClock(), QuotaPolicy.of(10), "root")


def counter_of(store: MemoryStore, sender: str) -> SenderCounter:
    """Return what a unit sees that is begun now."""
    with store() as unit:
        return unit.counters.find({sender})[sender]


def quotas(store: MemoryStore) -> dict[str, int]:
    with store() as unit:
        found = unit.counters.find({ANNA, BEN, CARL})
        return {name[0]: counter.policy.quota for name, counter in found.items()}


def history(store: MemoryStore) -> list[Change]:
    with store() as unit:
        return unit.history.find(sender="", limit=9)


EVERY_ORDER = [
    (SetQuota(50), QuotaPolicy(10, 10)),
    (RaiseQuota(11), QuotaPolicy(10, 10)),
    (RaiseBy(100), QuotaPolicy(10, 10)),
    (LOCK_QUOTA, QuotaPolicy(10, 10)),
    (UNLOCK_QUOTA, QuotaPolicy(10, 10, locked=True)),
    (SUSPEND, QuotaPolicy(10, 10)),
    (RELEASE, QuotaPolicy(10, 10, suspended=True)),
    (ResetNow(), QuotaPolicy(10, 10)),
    (TakeOver(20, 7, 8), QuotaPolicy(10, 10)),
]
"""And a policy that each changes, unless it changes the counts."""


@pytest.mark.parametrize(
    ("order", "policy"),
    EVERY_ORDER,
    ids=[type(each).__name__ for each, _ in EVERY_ORDER],
)
class TestEveryOrder:
    def test_lasts(
        self,
        store: MemoryStore,
        manage: ManageSenders,
        order: Order,
        policy: QuotaPolicy,
    ) -> None:
        """Whoever looks later sees what was done, and its record."""
        store.set_policy(ANNA, policy)
        expected = order.apply(counter_of(store, ANNA), NOON)

        change = manage(ANNA, order)

        assert expected == counter_of(store, ANNA)
        assert [change] == history(store)

    def test_of_several_lasts(
        self,
        store: MemoryStore,
        manage: ManageSenders,
        order: Order,
        policy: QuotaPolicy,
    ) -> None:
        """Each has its record."""
        expected = {}
        for sender in (ANNA, BEN):
            store.set_policy(sender, policy)
            expected[sender] = order.apply(counter_of(store, sender), NOON)

        changes = manage.several([ANNA, BEN], order, reason="all")

        assert expected == {each: counter_of(store, each) for each in expected}
        assert [ANNA, BEN] == sorted(each.sender for each in changes)
        assert sorted(changes, key=str) == sorted(history(store), key=str)


class TestOrder:
    def test_is_done_and_recorded(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """Who, when, what, why."""
        change = manage(ANNA, SetQuota(50), reason="asked for it")

        counter = store.counter(ANNA)
        assert counter is not None
        assert QuotaPolicy.of(50) == counter.policy
        fields = (
            FieldChange("quota", "10", "50"),
            FieldChange("quota_reset", "10", "50"),
        )
        assert Change(NOON, "root", "set", ANNA, fields, "asked for it") == change
        assert [change] == history(store)

    @pytest.mark.parametrize(
        ("order", "field"), [(LOCK_QUOTA, "locked"), (SUSPEND, "suspended")]
    )
    def test_of_a_switch_is_recorded_in_words(
        self, manage: ManageSenders, order: Order, field: str
    ) -> None:
        """From no to yes, and nothing else has changed."""
        assert (FieldChange(field, "no", "yes"),) == manage(ANNA, order).fields

    def test_makes_nobody_without_a_name(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """It would guard nobody, and never go away by itself."""
        with pytest.raises(OrderRefused, match="name of the sender is empty"):
            manage("", SetQuota(50), create=True)

        assert store.counter("") is None

    def test_changes_counters_too(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """A reset of one sender."""
        manage(ANNA, ResetNow())

        counter = store.counter(ANNA)
        assert counter is not None
        assert (0, 0, 1, 3) == (
            counter.messages,
            counter.recipients,
            counter.messages_total,
            counter.recipients_total,
        )

    def test_that_changes_nothing_is_not_recorded(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """And says so."""
        manage(ANNA, LOCK_QUOTA)

        assert manage(ANNA, LOCK_QUOTA).fields == ()
        assert len(history(store)) == 1

    def test_that_is_refused_is_not_recorded(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """Nor is anything done."""
        before = store.counter(ANNA)
        with pytest.raises(OrderRefused):
            manage(ANNA, RaiseQuota(10))

        assert before == store.counter(ANNA)
        assert history(store) == []


class TestSeveral:
    def test_are_those_of_a_quota(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """As it is when the order is carried out, not when they were looked up."""
        changes = manage.several([ANNA, BEN, CARL], SetQuota(50), quota_was=10)

        assert {"a": 50, "b": 50, "c": 99} == quotas(store)
        assert [ANNA, BEN] == sorted(each.sender for each in changes)

    def test_may_have_a_quota_of_nothing(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """That is a quota like others."""
        store.set_policy(BEN, QuotaPolicy.of(0))
        manage.several([ANNA, BEN, CARL], SetQuota(50), quota_was=0)

        assert {"a": 10, "b": 50, "c": 99} == quotas(store)

    def test_leave_out_who_is_gone(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """Nobody is made."""
        (change,) = manage.several([STRANGER, ANNA], SUSPEND)

        assert ANNA == change.sender
        assert store.counter(STRANGER) is None

    def test_that_are_so_already_have_no_record(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """And say so."""
        changes = manage.several([ANNA, CARL], SetQuota(99))

        assert [(ANNA, True), (CARL, False)] == sorted(
            (each.sender, bool(each.fields)) for each in changes
        )
        assert [ANNA] == [each.sender for each in history(store)]

    def test_are_all_changed_or_none(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """If the order makes no sense for one of them."""
        with pytest.raises(OrderRefused):
            manage.several([ANNA, BEN, CARL], RaiseQuota(50))

        assert history(store) == []
        assert counter_of(store, ANNA).policy == QuotaPolicy.of(10)


class TestStranger:
    def test_is_no_sender(self, store: MemoryStore, manage: ManageSenders) -> None:
        """A name that is mistyped makes no row."""
        with pytest.raises(UnknownSender, match=r"sender ana@example\.com \(has"):
            manage(STRANGER, SUSPEND)

        assert store.counter(STRANGER) is None

    def test_is_made_when_asked_for(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """A customer's quota is set before the first mail."""
        manage("new@example.com", SetQuota(5), create=True)

        counter = store.counter("new@example.com")
        assert counter is not None
        assert QuotaPolicy.of(5) == counter.policy

    def test_is_recorded_also_with_the_quota_of_all(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """Somebody made this row: that is to be found."""
        change = manage("new@example.com", SetQuota(10), create=True)

        assert FieldChange("quota", "", "10") in change.fields
        assert [change] == history(store)


class TestRemove:
    def test_forgets_and_records(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """With all that it had."""
        change = manage.remove(ANNA, reason="left", let_go=0)

        assert store.counter(ANNA) is None
        assert FieldChange("quota", "10", "") in change.fields
        assert FieldChange("recipients_total", "3", "") in change.fields
        assert [change] == history(store)

    def test_of_a_stranger_is_refused(self, manage: ManageSenders) -> None:
        """There is nothing to forget."""
        with pytest.raises(UnknownSender):
            manage.remove(STRANGER, let_go=0)

    def test_lets_its_messages_go_first(
        self, store: MemoryStore, manage: ManageSenders
    ) -> None:
        """A chunk is nobody's for good; behind the last there is none."""
        reached = manage.let_go(ANNA, after=0)

        assert reached is not None
        assert manage.let_go(ANNA, after=reached) is None
        with store() as unit:
            assert [] == unit.messages.recent(ANNA, limit=9)
            assert unit.messages.recent(BEN, limit=9)

    def test_lets_no_messages_of_a_stranger_go(self, manage: ManageSenders) -> None:
        """There are none."""
        with pytest.raises(UnknownSender):
            manage.let_go(STRANGER, after=0)
