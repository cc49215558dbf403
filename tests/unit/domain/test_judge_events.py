"""Events go into the outbox with the charge, and are announced after it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.events import Event, QuotaReached, QuotaWarning
from rateguard.domain.ports import Units
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.unit.domain.strategies import messages
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON, HandClock


ANNA, BEN = "anna@example.com", "ben@example.com"


class Announcements:
    """Keeps them, and counts what was in the outbox then."""

    def __init__(self, store: MemoryStore) -> None:
        self.seen: list[int] = []
        self.told: list[Event] = []
        self._store = store

    def __call__(self, told: Sequence[Event]) -> None:
        """Look into the outbox."""
        self.told += told
        self.seen.append(len(events(self._store)))


def told_store() -> MemoryStore:
    return MemoryStore(notifiers=["webhook"])


def events(store: MemoryStore) -> list[Event]:
    """Return what is in the outbox, oldest first."""
    with store() as unit:
        return [each.event for each in unit.outbox.unfinished(limit=100)][::-1]


def judging(
    units: Units, announce: Announcements, *, quota: int = 10, warn_at: int = 80
) -> JudgeSubmissions:
    return JudgeSubmissions(
        units=units,
        clock=HandClock(),
        newcomer=QuotaPolicy.of(quota),
        warn_at=warn_at,
        announce=announce,
    )


class TestEvents:
    def test_are_kept_with_the_charge(self) -> None:
        """Those of all senders of a batch, in its order."""
        store = told_store()
        batch = [*messages(8, 3, sender=ANNA), *messages(11, sender=BEN)]

        judging(store, Announcements(store))(batch)

        anna, ben = store.counter(ANNA), store.counter(BEN)
        assert anna is not None
        assert ben is not None
        warning, reached, bens = events(store)
        assert isinstance(warning, QuotaWarning)
        assert (batch[0], 8) == (warning.submission, warning.counter.recipients)
        assert QuotaReached(batch[1], anna, NOON) == reached
        assert QuotaReached(batch[2], ben, NOON) == bens

    def test_are_one_crossing_for_any_batches(self) -> None:
        """However a sender's messages are cut into batches."""
        store = told_store()
        judge = judging(store, Announcements(store))
        for start in range(0, 40, 4):
            judge(messages(1, 1, 1, 1, start=start))

        assert [event.kind for event in events(store)] == [
            "quota_warning",
            "quota_reached",
        ]

    def test_warn_only_where_it_is_wanted(self) -> None:
        """Unless told otherwise only the quota counts."""
        store = told_store()
        judge = JudgeSubmissions(store, HandClock(), QuotaPolicy.of(3))

        judge(messages(1, 1, 1, 1))

        assert [event.kind for event in events(store)] == ["quota_reached"]


class TestAnnouncement:
    def test_comes_once_a_batch_after_the_commit(self) -> None:
        """Whoever is woken by it finds all events of the batch, and is told them."""
        store = told_store()
        announce = Announcements(store)
        batch = [*messages(8, 3, sender=ANNA), *messages(11, sender=BEN)]

        judging(store, announce)(batch)

        assert announce.seen == [3]
        assert events(store) == announce.told

    @given(st.lists(st.integers(1, 3), max_size=30))
    def test_comes_only_where_there_is_something(self, recipients: list[int]) -> None:
        """Once for each batch that had an event."""
        store = told_store()
        announce = Announcements(store)
        judge = judging(store, announce)
        for start, count in enumerate(recipients):
            judge(messages(count, start=start))

        assert len(events(store)) == len(announce.seen)

    def test_of_a_repeated_question_is_none(self) -> None:
        """The crossing was announced when it was charged."""
        store = told_store()
        announce = Announcements(store)
        judge = judging(store, announce)
        judge(messages(11))
        judge(messages(11))

        assert announce.seen == [1]

    @pytest.mark.parametrize("call", ["save", "add", "outbox.add", "commit"])
    @pytest.mark.parametrize("fault", [StoreConflict(), StoreUnavailable()], ids=repr)
    def test_does_not_come_where_nothing_was_kept(
        self, call: str, fault: Exception
    ) -> None:
        """Nor is there an event; the same batch, judged again, has it."""
        store = told_store()
        announce = Announcements(store)
        units = WatchedUnits(store, failing=call, fault=fault)

        with pytest.raises(type(fault)):
            judging(units, announce)(messages(11))
        assert (events(store), announce.seen) == ([], [])

        judging(store, announce)(messages(11))
        assert announce.seen == [1]
