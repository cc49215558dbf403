"""From the outbox to a notifier, while the store fails or we do."""

from __future__ import annotations

import pytest

from rateguard.domain.errors import StoreConflict, StoreError, StoreUnavailable
from rateguard.domain.events import Alert
from rateguard.domain.usecases.notify import LEASE
from tests.unit.domain.delivering import Delivering, crossing, told_store, unfinished
from tests.unit.domain.watched import WatchedUnit, WatchedUnits
from tests.unit.doubles import NOON


class TestCrash:
    @pytest.mark.parametrize("call", ["outbox.delivered", "commit"])
    def test_between_delivering_and_recording_repeats_it(self, call: str) -> None:
        """
        At least once: after the lease it is attempted again, as the same event
        and the next attempt.
        """
        deliver = Delivering(told_store(crossing()))
        units = WatchedUnits(deliver.store, fault=StoreUnavailable("cut off"))

        def handed_over(_alert: Alert) -> None:
            units.failing = call

        deliver.notifier.script = [handed_over]
        deliver.units = units
        with pytest.raises(StoreUnavailable):
            deliver()
        units.failing = ""
        assert deliver() is None
        deliver.clock.time += LEASE
        deliver.notifier.script = [lambda _alert: None]
        deliver()

        first, second = deliver.notifier.alerts
        assert (first.attempt, second.attempt) == (1, 2)
        assert first.event_id == second.event_id
        assert unfinished(deliver.store) == []


class TestStoreFault:
    @pytest.mark.parametrize("fault", [StoreConflict(), StoreUnavailable()], ids=repr)
    def test_while_it_is_read_is_no_failure_of_the_notifier(
        self, fault: StoreError
    ) -> None:
        """
        Nothing is attempted and nothing held against it; the store's error
        comes out, and it is due when the lease is over.
        """
        deliver = Delivering(told_store(crossing()))
        deliver.units = WatchedUnits(deliver.store, failing="recent", fault=fault)

        with pytest.raises(type(fault)):
            deliver()

        (left,) = unfinished(deliver.store)
        assert deliver.notifier.alerts == []
        assert (left.error, left.due_at) == ("", NOON + LEASE)

    @pytest.mark.parametrize("conflicts", [1, 3])
    def test_that_is_a_conflict_does_not_repeat_what_was_handed_over(
        self, conflicts: int
    ) -> None:
        """
        It is recorded at the next try: nobody gets an alert twice since two
        units of work met.
        """
        deliver = Delivering(told_store(crossing()))
        units = WatchedUnits(deliver.store, "outbox.delivered", StoreConflict())

        def until_they_are_over() -> WatchedUnit:
            if units.calls.count("outbox.delivered") == conflicts:
                units.failing = ""
            return units()

        deliver.units = until_they_are_over
        attempt = deliver()

        assert attempt is not None
        assert attempt.error is None
        assert unfinished(deliver.store) == []

    def test_that_lasts_comes_out(self) -> None:
        """A conflict is not fought for ever."""
        deliver = Delivering(told_store(crossing()))
        units = WatchedUnits(deliver.store, "outbox.delivered", StoreConflict())
        deliver.units = units

        with pytest.raises(StoreConflict):
            deliver()

        assert units.calls.count("outbox.delivered") == 4
