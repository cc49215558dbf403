"""The threads that deliver, when the store fails and when they have to end."""

from __future__ import annotations

import threading

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import StoreConflict, StoreOutdated, StoreUnavailable
from rateguard.entrypoints.daemon.notifications import WORKERS
from tests.unit.daemon.dispatching import (
    SECONDS,
    Hanging,
    NotedUnits,
    Receiver,
    dispatching,
)
from tests.unit.domain.delivering import crossing, put, told_store, unfinished


def put_first(store: MemoryStore, *senders: str) -> None:
    put(store, *(crossing(sender) for sender in senders))


class TestFault:
    @pytest.mark.parametrize(
        "fault",
        [StoreConflict(), StoreUnavailable(), StoreOutdated(), ZeroDivisionError()],
        ids=repr,
    )
    def test_ends_no_worker(self, fault: Exception) -> None:
        """Whatever the store does, or a bug: afterwards it goes on."""
        units = NotedUnits(told_store(), faults=[fault] * WORKERS)
        receiver, hanging = Receiver(), Hanging()
        receiver.reactions = {"a": hanging, "b": hanging}

        with dispatching(units, receiver, hanging=hanging) as dispatcher:
            units.until("outbox.claim", WORKERS)
            for sender in ("a", "b"):
                put_first(units.store, sender)
                dispatcher.wake()
                assert sender == receiver.arrival()

    def test_that_is_a_conflict_is_overcome_without_anybodys_help(self) -> None:
        """After a moment it is tried again."""
        units = NotedUnits(told_store(), faults=[StoreConflict()] * 9)
        receiver = Receiver()
        put_first(units.store, "anna")

        with dispatching(units, receiver):
            assert receiver.arrival() == "anna"


class TestStop:
    def test_of_workers_at_rest_is_at_once(self) -> None:
        """Nobody waits for the end of a rest."""
        units = NotedUnits(told_store())

        with dispatching(units, Receiver()) as dispatcher:
            units.until_at_rest()
            dispatcher.stop()
            assert dispatcher.join(SECONDS)

    def test_waits_for_what_is_under_way_and_begins_nothing_more(self) -> None:
        """
        What hangs comes to its end and is recorded; the rest waits untouched
        for the next daemon.
        """
        hanging = Hanging()
        store, receiver = told_store(), Receiver({"a": hanging})
        put_first(store, "a", "b", "c")

        with dispatching(store, receiver, hanging=hanging) as dispatcher:
            receiver.arrival()
            dispatcher.stop()
            assert not dispatcher.join(0)
            hanging.end()
            assert dispatcher.join(SECONDS)

        assert receiver.arrivals.empty()
        left = unfinished(store)
        assert [each.event.submission.sender for each in left] == ["b", "c"]
        assert [each.attempts for each in left] == [0, 0]

    def test_does_not_wait_for_a_receiver_that_never_answers(self) -> None:
        """The process may end while a worker hangs."""
        hanging = Hanging()
        receiver = Receiver({"a": hanging}, name="never")
        store = MemoryStore(notifiers=["never"])
        put_first(store, "a")

        with dispatching(store, receiver, hanging=hanging):
            receiver.arrival()
            workers = [
                thread
                for thread in threading.enumerate()
                if thread.name.startswith("never-")
            ]
            assert len(workers) == WORKERS
            assert all(thread.daemon for thread in workers)
