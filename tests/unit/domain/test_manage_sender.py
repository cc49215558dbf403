"""An order is carried out and recorded, or neither."""

from __future__ import annotations

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import OrderRefused
from rateguard.domain.orders import (
    Change,
    FieldChange,
    LockQuota,
    Order,
    RaiseQuota,
    SetQuota,
    StartOver,
    Suspend,
)
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from rateguard.domain.usecases.manage import ManageSender
from tests.unit.doubles import NOON, HandClock


ANNA = "anna@example.com"


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    JudgeSubmissions(store, HandClock(), QuotaPolicy.of(10))([Submission(ANNA, 3)])
    return store


@pytest.fixture
def manage(store: MemoryStore) -> ManageSender:
    return ManageSender(store, HandClock(), QuotaPolicy.of(10), "root")


def history(store: MemoryStore) -> list[Change]:
    with store() as unit:
        return unit.history.find(limit=9)


class TestOrder:
    def test_is_done_and_recorded(
        self, store: MemoryStore, manage: ManageSender
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
        ("order", "field"), [(LockQuota(), "locked"), (Suspend(), "suspended")]
    )
    def test_of_a_switch_is_recorded_in_words(
        self, manage: ManageSender, order: Order, field: str
    ) -> None:
        """From no to yes, and nothing else has changed."""
        assert (FieldChange(field, "no", "yes"),) == manage(ANNA, order).fields

    def test_makes_nobody_without_a_name(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """He would guard nobody, and never go away by himself."""
        with pytest.raises(OrderRefused, match="name"):
            manage("", SetQuota(50), create=True)

        assert store.counter("") is None

    def test_changes_counters_too(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """A reset of one sender."""
        manage(ANNA, StartOver())

        counter = store.counter(ANNA)
        assert counter is not None
        assert (0, 0, 1, 3) == (
            counter.messages,
            counter.recipients,
            counter.messages_total,
            counter.recipients_total,
        )

    def test_that_changes_nothing_is_not_recorded(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """And says so."""
        manage(ANNA, LockQuota())

        assert manage(ANNA, LockQuota()).fields == ()
        assert len(history(store)) == 1

    def test_that_is_refused_is_not_recorded(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """Nor is anything done."""
        before = store.counter(ANNA)
        with pytest.raises(OrderRefused):
            manage(ANNA, RaiseQuota(10))

        assert before == store.counter(ANNA)
        assert history(store) == []


class TestStranger:
    def test_is_no_sender(self, store: MemoryStore, manage: ManageSender) -> None:
        """A name that is mistyped makes no row."""
        with pytest.raises(OrderRefused, match=r"unknown sender ana@example\.com"):
            manage("ana@example.com", Suspend())

        assert store.counter("ana@example.com") is None

    def test_is_made_when_asked_for(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """A customer's quota is set before his first mail."""
        manage("new@example.com", SetQuota(5), create=True)

        counter = store.counter("new@example.com")
        assert counter is not None
        assert QuotaPolicy.of(5) == counter.policy

    def test_is_recorded_also_with_the_quota_of_all(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """Somebody made this row: that is to be found."""
        change = manage("new@example.com", SetQuota(10), create=True)

        assert FieldChange("quota", "", "10") in change.fields
        assert [change] == history(store)


class TestRemove:
    def test_forgets_and_records(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """With all that he had."""
        change = manage.remove(ANNA, reason="left")

        assert store.counter(ANNA) is None
        assert FieldChange("quota", "10", "") in change.fields
        assert FieldChange("recipients_total", "3", "") in change.fields
        assert [change] == history(store)

    def test_of_a_stranger_is_refused(self, manage: ManageSender) -> None:
        """There is nothing to forget."""
        with pytest.raises(OrderRefused):
            manage.remove("ben@example.com")


class TestLetGo:
    def test_frees_the_messages_a_chunk_at_a_time(
        self, store: MemoryStore, manage: ManageSender
    ) -> None:
        """
        The message log forgets whose they were, as far as the position that is
        returned; None says that none are left.
        """
        reached = manage.let_go(ANNA, after=0)

        assert reached is not None
        with store() as unit:
            assert unit.messages.recent(ANNA, limit=9) == []
        assert manage.let_go(ANNA, after=reached) is None

    def test_of_a_stranger_is_refused(self, manage: ManageSender) -> None:
        """There is nothing to let go."""
        with pytest.raises(OrderRefused):
            manage.let_go("ben@example.com", after=0)
