"""From the outbox to a notifier, when all goes well or ends on the way."""

from __future__ import annotations

import datetime as dt

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.events import Alert, SentMessage
from rateguard.domain.ports import MessageRecord
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.notify import (
    BATCH,
    LEASE,
    RECENT_MESSAGES,
)
from tests.unit.domain.delivering import (
    Delivering,
    ScriptedNotifier,
    crossing,
    crossings,
    told_store,
    unfinished,
)
from tests.unit.doubles import NOON


ANNA = "anna@example.com"


class TestDelivered:
    def test_is_what_the_notifier_has(self) -> None:
        """
        It gets the event as it happened, at the first attempt, and never
        again.
        """
        deliver = Delivering(told_store(crossing()))

        (attempt,) = deliver()

        (alert,) = deliver.notifier.alerts
        assert Alert(attempt.delivery.event_id, crossing(), attempt=1) == alert
        assert (attempt.error, attempt.retry_at) == (None, None)
        assert unfinished(deliver.store) == []
        deliver.pass_by(days=9)
        assert deliver() == []

    def test_is_everything_in_batches(self) -> None:
        """A call takes a few, the next call the next, until nothing is due."""
        deliver = Delivering(told_store(*crossings(2 * BATCH + 1)))

        assert [len(deliver()) for _ in range(4)] == [BATCH, BATCH, 1, 0]
        expected = [str(number) for number in range(2 * BATCH + 1)]
        assert expected == deliver.notifier.senders

    def test_is_dated_by_the_clock(self) -> None:
        """The record says when the notifier had it: from then on it is kept."""
        deliver = Delivering(told_store(crossing()))
        deliver.pass_by(hours=1)
        deliver()

        purged = []
        for seconds in (0, 1):
            with deliver.store() as unit:
                before = deliver.clock.time + dt.timedelta(seconds=seconds)
                purged.append(unit.outbox.purge(before=before, limit=9))
        assert purged == [0, 1]

    def test_is_not_what_is_for_somebody_else(self) -> None:
        """Each notifier has its own deliveries."""
        deliver = Delivering(told_store(crossing()), ScriptedNotifier(name="mail"))

        assert deliver() == []
        assert deliver.use_case.next_due() is None


class TestAlert:
    def test_has_what_the_sender_sent_of_late(self) -> None:
        """The last messages, newest first, not all; those of others not."""
        store = told_store(crossing(ANNA))
        accepted = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA)
        with store() as unit:
            unit.messages.add(
                [
                    MessageRecord(Submission(sender, count), accepted, NOON)
                    for count in range(1, RECENT_MESSAGES + 3)
                    for sender in (ANNA, "ben@example.com")
                ]
            )
            unit.commit()
        deliver = Delivering(store)

        deliver()

        (alert,) = deliver.notifier.alerts
        newest = RECENT_MESSAGES + 2
        assert alert.recent == tuple(
            SentMessage("", "", "", count, blocked=False, at=NOON)
            for count in range(newest, newest - RECENT_MESSAGES, -1)
        )

    def test_has_when_the_period_began(self) -> None:
        """That is when the last reset was begun."""
        store = told_store(crossing())
        with store() as unit:
            for hours in (30, 6):
                unit.resets.begin(NOON - dt.timedelta(hours=hours))
            unit.commit()
        deliver = Delivering(store)

        deliver()

        assert deliver.notifier.alerts[0].counted_since == NOON - dt.timedelta(hours=6)


class TestStopped:
    def test_gives_the_rest_back(self) -> None:
        """
        Told to stop while one is under way: that one is delivered, the others
        wait as if nobody had claimed them.
        """
        store = told_store(*crossings(3))
        before = unfinished(store)
        deliver = Delivering(store)

        attempts = deliver.use_case(lambda: bool(deliver.notifier.alerts))

        assert len(attempts) == 1
        assert deliver.notifier.senders == ["0"]
        assert before[1:] == unfinished(store)

    def test_before_it_began_attempts_nothing(self) -> None:
        """All is given back."""
        store = told_store(*crossings(3))
        before = unfinished(store)

        assert Delivering(store).use_case(lambda: True) == []
        assert before == unfinished(store)


class TestLease:
    def test_is_not_overstayed(self) -> None:
        """
        Where the attempts before took so long that one more might not be over
        with the lease, the rest is given back: somebody else may have it.
        """
        store = told_store(*crossings(2))
        before = unfinished(store)
        deliver = Delivering(store)

        def dawdle(_alert: Alert) -> None:
            deliver.clock.time += LEASE - dt.timedelta(seconds=9)

        deliver.notifier.script = [dawdle]
        deliver()

        assert deliver.notifier.senders == ["0"]
        (left,) = unfinished(store)
        assert (left.attempts, left.due_at) == (0, deliver.clock.time)
        assert left.event_id == before[1].event_id

    def test_lets_a_batch_take_as_long_as_it_may(self) -> None:
        """Ten seconds each are in time."""
        deliver = Delivering(told_store(*crossings(BATCH)))

        def slowly(_alert: Alert) -> None:
            deliver.pass_by(seconds=10)

        deliver.notifier.script = [slowly]

        assert len(deliver()) == BATCH
