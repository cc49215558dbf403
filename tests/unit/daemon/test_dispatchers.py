"""The threads that deliver: at once, whatever the store does, until told to stop."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import (
    DeliveryFailed,
    StoreConflict,
    StoreOutdated,
    StoreUnavailable,
)
from rateguard.entrypoints.daemon.notifications import POLL_SECONDS
from tests.unit.daemon.dispatching import (
    SECONDS,
    Hanging,
    NotedUnits,
    Receiver,
    dispatching,
    put_first,
)
from tests.unit.domain.delivering import crossing, told_store, unfinished
from tests.unit.doubles import NOON, HandClock


class TestWaiting:
    def test_is_delivered_at_the_start(self) -> None:
        """What the daemon before left, all of it."""
        senders = [f"{number:02}" for number in range(50)]
        store, receiver = told_store(), Receiver()
        put_first(store, *senders)

        with dispatching(store, receiver):
            arrived = [receiver.arrival() for _ in senders]

        assert senders == arrived
        assert unfinished(store) == []

    def test_is_delivered_when_it_is_due(self) -> None:
        """Nobody rests longer than until then."""
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

        with dispatching(units, receiver) as dispatchers:
            units.until_at_rest()
            put_first(units.store, "anna")
            dispatchers.wake()
            assert receiver.arrival() == "anna"

    def test_between_looking_and_resting_is_not_lost(self) -> None:
        """What comes just after a look is delivered all the same."""
        asked, bound = [], threading.Event()

        class CrossingClock(HandClock):
            """Asked first for claiming, then for resting."""

            def now(self) -> dt.datetime:
                asked.append(NOON)
                if len(asked) == 2:
                    assert bound.wait(SECONDS)
                    put_first(store, "anna")
                    dispatchers.wake()
                return NOON

        store, receiver = told_store(), Receiver()
        put_first(store, "much later", at=NOON + dt.timedelta(hours=1))

        with dispatching(store, receiver, clock=CrossingClock()) as dispatchers:
            bound.set()
            assert receiver.arrival() == "anna"


class TestNotifiers:
    def test_are_each_told(self) -> None:
        """Of what waited and of what comes; what became of it is counted."""
        store = MemoryStore(notifiers=["hook", "mail"])
        units = NotedUnits(store)
        hook = Receiver()
        mail = Receiver({"came": DeliveryFailed("no")}, name="mail")
        put_first(store, "waited")

        with dispatching(units, hook, mail) as dispatchers:
            arrived = [hook.arrival(), mail.arrival()]
            units.until_at_rest(2)
            put_first(store, "came")
            dispatchers.wake()
            arrived += [hook.arrival(), mail.arrival()]

        assert arrived == ["waited", "waited", "came", "came"]
        assert dispatchers.outcomes() == {
            "hook": {"delivered": 2, "failed": 0, "given_up": 0},
            "mail": {"delivered": 1, "failed": 1, "given_up": 0},
        }

    def test_do_not_wait_for_each_other(self) -> None:
        """One that hangs stops no other."""
        store, hanging = MemoryStore(notifiers=["hook", "mail"]), Hanging()
        hook, mail = Receiver({"a": hanging}), Receiver(name="mail")
        put_first(store, "a", "b")

        with dispatching(store, hook, mail, hanging=hanging):
            assert hook.arrival() == "a"
            assert [mail.arrival(), mail.arrival()] == ["a", "b"]

    def test_may_be_none(self) -> None:
        """Where nobody is told there is nothing to do."""
        with dispatching(MemoryStore()) as dispatchers:
            dispatchers.wake()

        assert dispatchers.outcomes() == {}


class TestFault:
    @pytest.mark.parametrize(
        "fault",
        [StoreConflict(), StoreUnavailable(), StoreOutdated(), ZeroDivisionError()],
        ids=repr,
    )
    def test_does_not_end_it(self, fault: Exception) -> None:
        """Whatever the store does, or a bug: afterwards it goes on."""
        units = NotedUnits(told_store(), faults=[fault])
        receiver = Receiver()

        with dispatching(units, receiver) as dispatchers:
            units.until("outbox.claim")
            put_first(units.store, "anna")
            dispatchers.wake()
            assert receiver.arrival() == "anna"

    def test_that_is_a_conflict_is_overcome_without_anybodys_help(self) -> None:
        """After a moment it is tried again."""
        units = NotedUnits(told_store(), faults=[StoreConflict()] * 5)
        receiver = Receiver()
        put_first(units.store, "anna")

        with dispatching(units, receiver):
            assert receiver.arrival() == "anna"


class TestStop:
    def test_at_rest_is_at_once(self) -> None:
        """Nobody waits for the end of a rest."""
        units = NotedUnits(told_store())

        with dispatching(units, Receiver()) as dispatchers:
            units.until_at_rest()
            dispatchers.stop()
            assert dispatchers.join(SECONDS)

    def test_waits_for_what_is_under_way_and_begins_nothing_more(self) -> None:
        """
        The attempt comes to its end and is recorded; the rest waits untouched
        for the next daemon.
        """
        hanging = Hanging()
        store, receiver = told_store(), Receiver({"a": hanging})
        put_first(store, "a", "b", "c")

        with dispatching(store, receiver, hanging=hanging) as dispatchers:
            receiver.arrival()
            dispatchers.stop()
            assert not dispatchers.join(0)
            hanging.end()
            assert dispatchers.join(SECONDS)

        assert receiver.arrivals.empty()
        left = unfinished(store)
        assert [each.event.submission.sender for each in left] == ["b", "c"]
        assert [each.attempts for each in left] == [0, 0]
