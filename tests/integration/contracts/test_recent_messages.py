"""The message log: what a sender sent of late."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.events import SentMessage
from rateguard.domain.ports import MessageRecord
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import (
    HARD_TEXTS,
    LOOKALIKES,
    POLICY,
    accepted,
    log,
    mail,
)
from tests.integration.contracts.rig import NOON, SENDER, StoreRig


DEFERRED = Decision(Verdict.DEFER, Reason.OVER_QUOTA)


def recent(rig: StoreRig, sender: str = SENDER, limit: int = 20) -> list[SentMessage]:
    with rig.units() as unit:
        return unit.messages.recent(sender, limit=limit)


def sizes(messages: list[SentMessage]) -> list[int]:
    """Return their recipients, by which the tests know them."""
    return [message.recipients for message in messages]


def sent(sender: str, *recipients: int) -> list[MessageRecord]:
    return [accepted(mail("", count, sender)) for count in recipients]


class TestRecent:
    @pytest.mark.parametrize("text", ["x", *HARD_TEXTS], ids=ascii)
    def test_is_what_was_judged(self, rig: StoreRig, text: str) -> None:
        """All that is shown reads back."""
        submission = Submission(
            SENDER, 3, queue_id=text, client_name=text, client_address=text[:45]
        )
        at = NOON + dt.timedelta(hours=1)
        log(rig, MessageRecord(submission, DEFERRED, at))

        assert recent(rig) == [
            SentMessage(text, text[:45], text, 3, blocked=True, at=at)
        ]

    def test_is_newest_first_and_no_more_than_the_limit(self, rig: StoreRig) -> None:
        """By their order, also within a unit."""
        log(rig, *sent(SENDER, 1, 2))
        log(rig, *sent(SENDER, 3, 4))

        assert sizes(recent(rig)) == [4, 3, 2, 1]
        assert sizes(recent(rig, limit=3)) == [4, 3, 2]

    def test_is_nothing_of_others(self, rig: StoreRig) -> None:
        """However alike their names are."""
        numbers = range(1, len(LOOKALIKES) + 1)
        for number, sender in zip(numbers, LOOKALIKES, strict=True):
            log(rig, *sent(sender, number))

        assert [sizes(recent(rig, sender)) for sender in LOOKALIKES] == [
            [number] for number in numbers
        ]

    def test_of_a_stranger_is_nothing(self, rig: StoreRig) -> None:
        """Nor of an empty log."""
        assert recent(rig) == []
        log(rig, *sent(SENDER, 1))
        assert recent(rig, "stranger@example.com") == []

    def test_tells_blocked_from_accepted(self, rig: StoreRig) -> None:
        """As it was said in the end, with the recipients it had then."""
        first = accepted(mail("t", 1))
        log(rig, first, *sent(SENDER, 2))
        grown = MessageRecord(mail("t", 9), DEFERRED, NOON)
        with rig.units() as unit:
            unit.counters.lock({SENDER}, default=POLICY, at=NOON)
            unit.messages.amend([grown])
            unit.commit()

        found = [(each.recipients, each.blocked) for each in recent(rig)]
        assert found == [(2, False), (9, True)]

    def test_sees_what_its_own_unit_added(self, rig: StoreRig) -> None:
        """And what was not committed is gone."""
        with rig.units() as unit:
            unit.counters.lock({SENDER}, default=POLICY, at=NOON)
            unit.messages.add(sent(SENDER, 5))
            assert sizes(unit.messages.recent(SENDER, limit=1)) == [5]

        assert recent(rig) == []
