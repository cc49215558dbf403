"""What could not be delivered, for whatever reason."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert
from rateguard.domain.usecases.notify import BATCH
from tests.unit.domain.delivering import (
    Delivering,
    Reaction,
    ScriptedNotifier,
    crossing,
    crossings,
    failing,
    put,
    taken,
    told_store,
    unfinished,
)
from tests.unit.doubles import NOON


DEAD = DeliveryFailed("HTTP status 503")


class TestFailed:
    def test_is_told_and_waits_with_its_error(self) -> None:
        """The attempt says why and when it is tried again; until then it is not."""
        deliver = failing(DEAD)

        (attempt,) = deliver()

        due_at = NOON + dt.timedelta(seconds=5)
        (left,) = unfinished(deliver.store)
        assert (attempt.error, attempt.retry_at) == (DEAD, due_at)
        assert left.waiting
        assert (left.attempts, left.error, left.due_at) == (1, str(DEAD), due_at)
        deliver.pass_by(seconds=4)
        assert deliver() == []
        deliver.pass_by(seconds=1)
        assert len(deliver()) == 1

    def test_is_the_same_event_and_the_next_attempt(self) -> None:
        """By its id a receiver knows a repeat; in the end it has it once."""
        deliver = failing(DEAD, DEAD, taken)
        for _ in range(3):
            deliver.stay_until_due()
            deliver()

        alerts = deliver.notifier.alerts
        assert [alert.attempt for alert in alerts] == [1, 2, 3]
        assert len({alert.event_id for alert in alerts}) == 1
        assert unfinished(deliver.store) == []

    @pytest.mark.parametrize("bug", [ZeroDivisionError("by zero"), KeyError("url")])
    def test_is_also_what_a_bug_ends(self, bug: Exception) -> None:
        """
        A notifier may be somebody else's: whatever it raises is a failure,
        kept with its kind, and the others of the batch are delivered.
        """
        deliver = Delivering(told_store(*crossings(3)), ScriptedNotifier([bug, taken]))

        attempts = deliver()

        assert [each.error for each in attempts] == [bug, None, None]
        (left,) = unfinished(deliver.store)
        assert left.error == repr(bug)

    @pytest.mark.parametrize(
        ("error", "kept"),
        [
            (DeliveryFailed(""), "DeliveryFailed('')"),
            (DeliveryFailed("half \ud800"), "half \\ud800"),
            (DeliveryFailed("m\u00fcde \U0001f600"), "m\u00fcde \U0001f600"),
        ],
    )
    def test_has_words_that_can_be_kept(self, error: Exception, kept: str) -> None:
        """Always some, and whole characters: no store takes others."""
        deliver = failing(error)

        deliver()

        assert unfinished(deliver.store)[0].error == kept

    def test_comes_after_what_is_new(self) -> None:
        """Events nobody tried yet are first, however long the others are due."""
        store = told_store(*crossings(BATCH))
        deliver = Delivering(store, ScriptedNotifier([DEAD]))
        deliver()
        deliver.pass_by(hours=1)
        put(store, crossing("new", at=deliver.clock.time))
        deliver.notifier.alerts.clear()

        deliver()

        assert deliver.notifier.senders[0] == "new"


class TestSlow:
    def test_receiver_does_not_cost_the_next_its_turn(self) -> None:
        """
        The pause begins when the attempt ended, and what ended late leaves
        the others theirs.
        """
        deliver = Delivering(told_store(*crossings(2)))

        def slowly(_alert: Alert) -> None:
            deliver.pass_by(seconds=10)
            raise DEAD

        script: list[Reaction | Exception] = [slowly, taken]
        deliver.notifier.script = script
        first, second = deliver()

        assert first.retry_at == NOON + dt.timedelta(seconds=15)
        assert second.error is None
