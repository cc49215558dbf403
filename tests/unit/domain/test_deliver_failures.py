"""What could not be delivered, for whatever reason."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert
from tests.unit.domain.delivering import (
    Delivering,
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

        attempt = deliver.failed()

        due_at = NOON + dt.timedelta(seconds=5)
        (left,) = unfinished(deliver.store)
        assert (attempt.error, attempt.retry_at) == (DEAD, due_at)
        assert left.waiting
        assert (left.attempts, left.error, left.due_at) == (1, str(DEAD), due_at)
        deliver.pass_by(seconds=4)
        assert deliver() is None
        deliver.pass_by(seconds=1)
        assert deliver() is not None

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
        kept with its kind, and the next event is delivered.
        """
        deliver = Delivering(told_store(*crossings(2)), ScriptedNotifier([bug, taken]))

        assert deliver.failed().error is bug
        assert deliver() is not None

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
        deliver = failing(DEAD)
        deliver()
        deliver.pass_by(hours=1)
        put(deliver.store, crossing("new", at=deliver.clock.time))

        deliver()

        assert deliver.notifier.senders[-1] == "new"

    def test_waits_from_its_end(self) -> None:
        """However long the attempt took."""
        deliver = failing(DEAD)

        def slowly(_alert: Alert) -> None:
            deliver.pass_by(seconds=20)
            raise DEAD

        deliver.notifier.script = [slowly]

        assert deliver.failed().retry_at == NOON + dt.timedelta(seconds=25)
