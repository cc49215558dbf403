"""Messages that have been kept for long enough."""

from __future__ import annotations

import datetime as dt

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.ports import MessageRecord
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.cleanup import PurgeMessages
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON


ACCEPTED = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 1, 9)


def filled(*ages: int) -> MemoryStore:
    """Return a store with a message for each age, in seconds before noon."""
    store = MemoryStore()
    with store() as unit:
        unit.messages.add(
            [
                MessageRecord(Submission("anna"), ACCEPTED, _before_noon(age))
                for age in ages
            ]
        )
        unit.commit()
    return store


def _before_noon(seconds: int) -> dt.datetime:
    return NOON - dt.timedelta(seconds=seconds)


def ages(store: MemoryStore) -> list[int]:
    return [int((NOON - record.at).total_seconds()) for record in store.records]


class TestPurge:
    @given(st.lists(st.integers(-5, 5), max_size=20), st.integers(1, 7))
    def test_deletes_what_is_older_and_nothing_else(
        self, kept: list[int], chunk: int
    ) -> None:
        """Step after step, until it says 0; a message of exactly that time stays."""
        store = filled(*kept)
        purge = PurgeMessages(store, chunk)

        deleted = 0
        while step := purge.step(before=NOON):
            assert step <= chunk
            deleted += step

        expected = [age for age in kept if age <= 0]
        assert expected == ages(store)
        assert len(kept) - len(expected) == deleted

    def test_takes_one_chunk_a_step(self) -> None:
        """No decision waits for more than a chunk."""
        store = filled(3, 2, 1)

        assert PurgeMessages(store, 2).step(before=NOON) == 2
        assert ages(store) == [1]

    def test_that_fails_keeps_all(self) -> None:
        """A step is a unit of work: all of it or nothing."""
        store = filled(3, 2, 1)
        units = WatchedUnits(store, failing="commit", fault=StoreUnavailable())

        with pytest.raises(StoreUnavailable):
            PurgeMessages(units, 2).step(before=NOON)

        assert ages(store) == [3, 2, 1]
