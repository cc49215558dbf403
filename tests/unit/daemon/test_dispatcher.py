"""The threads that deliver: at once and side by side."""

from __future__ import annotations

import datetime as dt

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.memory import MemoryStore
from rateguard.entrypoints.daemon.notifications import POLL_SECONDS, WORKERS
from tests.unit.daemon.dispatching import (
    SECONDS,
    GatedClock,
    Hanging,
    NotedUnits,
    Receiver,
    dispatching,
)
from tests.unit.domain.delivering import crossing, put, told_store, unfinished
from tests.unit.doubles import NOON


def put_first(store: MemoryStore, *senders: str) -> None:
    put(store, *(crossing(sender) for sender in senders))


class TestWaiting:
    def test_is_delivered_at_the_start(self) -> None:
        """What the daemon before left behind, all of it."""
        senders = [f"{number:02}" for number in range(50)]
        store, receiver = told_store(), Receiver()
        put_first(store, *senders)

        with dispatching(store, receiver):
            arrived = receiver.arrived(50)

        assert senders == arrived
        assert unfinished(store) == []

    def test_is_delivered_when_it_is_due(self) -> None:
        """A worker rests no longer than until then."""
        clock = SystemClock()
        later = clock.now() + dt.timedelta(seconds=0.1)
        store, receiver = told_store(crossing("later", at=later)), Receiver()

        with dispatching(store, receiver, clock=clock):
            assert receiver.arrival() == "later"

        assert clock.now() >= later


class TestWake:
    def test_delivers_at_once(self) -> None:
        """Nobody waits for the end of a rest."""
        assert SECONDS < POLL_SECONDS
        units, receiver = NotedUnits(told_store()), Receiver()

        with dispatching(units, receiver) as dispatcher:
            units.until_at_rest()
            put_first(units.store, "anna")
            dispatcher.wake()
            assert receiver.arrival() == "anna"

    def test_while_all_are_at_work_is_not_lost(self) -> None:
        """Whoever has looked already looks again."""
        store, receiver, hanging = told_store(), Receiver(), Hanging()
        hanging_senders = [f"hanging{number}" for number in range(WORKERS)]
        receiver.reactions = dict.fromkeys(hanging_senders, hanging)

        with dispatching(store, receiver, hanging=hanging) as dispatcher:
            for sender in hanging_senders:
                put_first(store, sender)
                dispatcher.wake()
                assert sender == receiver.arrival()
            put_first(store, "anna")
            dispatcher.wake()
            hanging.end()
            assert receiver.arrival() == "anna"

    def test_between_looking_and_resting_is_not_lost(self) -> None:
        """What comes when everybody has just looked is delivered all the same."""
        clock, receiver = GatedClock(), Receiver()
        store = told_store(crossing("much later", at=NOON + dt.timedelta(hours=1)))

        with dispatching(store, receiver, clock=clock) as dispatcher:
            clock.until_all_have_looked()
            put_first(store, "anna")
            dispatcher.wake()
            clock.open()
            assert receiver.arrival() == "anna"


class TestHanging:
    def test_stops_no_other(self) -> None:
        """While one delivery lasts, the next event is delivered beside it."""
        hanging = Hanging()
        store, receiver = told_store(), Receiver({"hanging": hanging})
        put_first(store, "hanging")

        with dispatching(store, receiver, hanging=hanging) as dispatcher:
            assert receiver.arrival() == "hanging"
            for number in range(9):
                put_first(store, str(number))
                dispatcher.wake()
                assert str(number) == receiver.arrival()

    def test_is_not_attempted_by_another(self) -> None:
        """As long as it lasts nobody else has it."""
        hanging = Hanging()
        store, receiver = told_store(), Receiver({"hanging": hanging})
        units = NotedUnits(store)
        put_first(store, "hanging")

        with dispatching(units, receiver, hanging=hanging) as dispatcher:
            receiver.arrival()
            for _ in range(3):
                dispatcher.wake()
                units.until("outbox.next_due")

        assert receiver.arrivals.empty()
