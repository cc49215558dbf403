"""From the outbox to a notifier, when all goes well or ends on the way."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.events import Alert, SentMessage
from rateguard.domain.ports import ATTEMPT_SECONDS, MessageRecord
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.notify import LEASE, RECENT_MESSAGES
from tests.unit.domain.delivering import (
    Delivering,
    ScriptedNotifier,
    crossing,
    crossings,
    told_store,
    unfinished,
)
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON


ANNA = "anna@example.com"
ATTEMPT = dt.timedelta(seconds=ATTEMPT_SECONDS)


class TestDelivered:
    def test_is_what_the_notifier_has(self) -> None:
        """
        It gets the event as it happened, at the first attempt, and never
        again.
        """
        deliver = Delivering(told_store(crossing()))

        attempt = deliver()

        assert attempt is not None
        (alert,) = deliver.notifier.alerts
        assert Alert(attempt.delivery.event_id, crossing(), attempt=1) == alert
        assert (attempt.error, attempt.retry_at) == (None, None)
        assert unfinished(deliver.store) == []
        deliver.pass_by(days=9)
        assert deliver() is None

    def test_is_one_at_a_time(self) -> None:
        """A call takes one, the next call the next, until nothing is due."""
        deliver = Delivering(told_store(*crossings(3)))

        attempts = [deliver() for _ in range(4)]

        assert [each is not None for each in attempts] == [True, True, True, False]
        assert deliver.notifier.senders == ["0", "1", "2"]

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

        assert deliver() is None
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


class TestLease:
    def test_is_not_overstayed(self) -> None:
        """
        Where the database takes so long that an attempt might not be over with
        the lease, none is made: somebody else may have it by then.
        """
        deliver = self.reading_takes(LEASE - ATTEMPT + dt.timedelta(microseconds=1))

        assert deliver() is None

        (left,) = unfinished(deliver.store)
        assert deliver.notifier.alerts == []
        assert left.due_at == NOON + LEASE

    def test_may_be_used_up(self) -> None:
        """An attempt that is over with the lease at the latest is in time."""
        deliver = self.reading_takes(LEASE - ATTEMPT)

        assert deliver() is not None

        assert unfinished(deliver.store) == []

    @staticmethod
    def reading_takes(duration: dt.timedelta) -> Delivering:
        """Return the use case over an event and a database that is so slow."""
        deliver = Delivering(told_store(crossing()))

        @attrs.define
        class SlowUnits(WatchedUnits):
            def note(self, call: str) -> None:
                if call == "recent":
                    deliver.clock.time += duration

        deliver.units = SlowUnits(deliver.store)
        return deliver
