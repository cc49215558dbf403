"""Receivers that never answer."""

from __future__ import annotations

import threading

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert
from rateguard.entrypoints.daemon.notifications import MOST_LEFT_BEHIND, Punctual
from tests.unit.daemon.dispatching import (
    SECONDS,
    SHORT,
    Hanging,
    NotedUnits,
    Receiver,
    dispatching,
    put_first,
    until,
)
from tests.unit.domain.delivering import crossing, told_store, unfinished
from tests.unit.doubles import LogSpy


ALERT = Alert("event-1", crossing(), 1)


class TestAttempt:
    def test_that_takes_too_long_has_failed(self) -> None:
        """It is due again, the next event is attempted beside it."""
        hanging = Hanging()
        units = NotedUnits(told_store())
        receiver = Receiver({"a": hanging})
        put_first(units.store, "a", "b")

        with dispatching(units, receiver, hanging=hanging, seconds=SHORT):
            assert [receiver.arrival(), receiver.arrival()] == ["a", "b"]
            units.until_at_rest()
            (left,) = unfinished(units.store)

        assert (left.attempts, left.error) == (1, f"no result within {SHORT:g} s")

    def test_that_ends_too_late_changes_nothing(self) -> None:
        """Neither the record of it nor the count."""
        ended = threading.Event()

        def late(_alert: Alert) -> None:
            hanging(_alert)
            ended.set()

        units, hanging = NotedUnits(told_store()), Hanging()
        put_first(units.store, "a")

        with dispatching(units, Receiver({"a": late}), seconds=SHORT) as dispatchers:
            units.until_at_rest()
            before = unfinished(units.store)
            hanging.end()
            assert ended.wait(SECONDS)
            dispatchers.wake()
            units.until_at_rest()

        assert before == unfinished(units.store)
        outcomes = {"hook": {"delivered": 0, "failed": 1, "given_up": 0}}
        assert dispatchers.outcomes() == outcomes

    def test_that_was_left_behind_holds_no_stop_up(self) -> None:
        """Neither the dispatchers' nor the process's."""
        hanging, units = Hanging(), NotedUnits(told_store())
        threads = []

        def hang(_alert: Alert) -> None:
            threads.append(threading.current_thread())
            hanging(_alert)

        put_first(units.store, "a")
        with dispatching(units, Receiver({"a": hang}), seconds=SHORT) as dispatchers:
            units.until_at_rest()
            dispatchers.stop()
            assert dispatchers.join(SECONDS)
            (thread,) = threads
            assert thread.is_alive()
            assert thread.daemon
            hanging.end()


class TestLeftBehind:
    def test_are_eight_at_most(self, log: LogSpy) -> None:
        """
        No other attempt begins, which is logged once, until one of them ends;
        what waits meanwhile is untouched.
        """
        hangings = [Hanging() for _ in range(MOST_LEFT_BEHIND)]
        names = [f"hanging{number}" for number in range(MOST_LEFT_BEHIND)]
        receiver = Receiver(dict(zip(names, hangings, strict=True)))
        units = NotedUnits(told_store())
        put_first(units.store, *names, "anna")

        with dispatching(units, receiver, seconds=SHORT) as dispatchers:
            assert names == [receiver.arrival() for _ in names]
            until(lambda: log.lines and log.lines[-1][0] == "ERROR")
            for _ in range(100):
                dispatchers.wake()
            left, arrived = unfinished(units.store)[-1], not receiver.arrivals.empty()
            hangings[3].end()
            while receiver.arrivals.empty():
                dispatchers.wake()
            for hanging in hangings:
                hanging.end()

        assert (arrived, left.attempts) == (False, 0)
        assert receiver.arrival() == "anna"
        expected = "8 deliveries to hook hang: no other begins until one ends"
        assert [text for level, text in log.lines if level == "ERROR"] == [expected]

    def test_are_shared_equally(self) -> None:
        """A notifier that hangs for ever leaves the others theirs."""
        hanging = Hanging()
        names = [f"{number}" for number in range(MOST_LEFT_BEHIND)]
        store = MemoryStore(notifiers=["hook", "mail"])
        hook = Receiver(dict.fromkeys(names, hanging))
        mail = Receiver(name="mail")
        put_first(store, *names)

        with dispatching(store, hook, mail, hanging=hanging, seconds=SHORT):
            assert names == [mail.arrival() for _ in names]
            half = [hook.arrival() for _ in range(MOST_LEFT_BEHIND // 2)]
            assert names[: len(half)] == half

        assert hook.arrivals.empty()


class TestPunctual:
    def test_passes_on_what_was_raised(self) -> None:
        """A timeout of the notifier's own, too."""
        error = TimeoutError("own")

        with pytest.raises(TimeoutError) as caught:
            Punctual(Receiver({"anna@example.com": error})).deliver(ALERT)

        assert caught.value is error

    def test_counts_those_that_hang(self) -> None:
        """And forgets them when they end."""
        hanging = Hanging()
        punctual = Punctual(Receiver({"anna@example.com": hanging}), SHORT)
        with pytest.raises(DeliveryFailed):
            punctual.deliver(ALERT)
        before = punctual.left_behind()
        hanging.end()
        until(lambda: not punctual.left_behind())

        assert before == 1
