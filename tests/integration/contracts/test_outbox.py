"""The outbox: what is kept of an event."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from rateguard.domain.counter import COUNTER_MAX, SenderCounter
from rateguard.domain.events import EVENTS, Delivery, Event
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import HARD_TEXTS, LOOKALIKES
from tests.integration.contracts.outboxes import (
    LEASE,
    SECOND,
    acting,
    claim,
    claim_one,
    crossing,
    failed,
    put,
    senders,
    unfinished,
)
from tests.integration.contracts.rig import NOON, NOTIFIERS, SENDER, StoreRig


def event(kind: str, text: str) -> Event:
    """
    Return an event whose every text is this, and whose numbers are all
    different.
    """
    texts = {
        field.name: text
        for field in attrs.fields(Submission)
        if field.name != "recipients"
    }
    policy = QuotaPolicy(11, 12, locked=True)
    counter = SenderCounter(text, policy, 1, 2, COUNTER_MAX, 4)
    return EVENTS[kind](Submission(recipients=5, **texts), counter, NOON)


class TestAdd:
    def test_is_a_delivery_for_each_notifier(self, rig: StoreRig) -> None:
        """
        Those that the store was told of, under one id of the event, due at
        once and not tried yet.
        """
        put(rig, crossing())

        both = [*unfinished(rig, "webhook"), *unfinished(rig, "mail")]
        assert sorted(NOTIFIERS) == sorted(each.notifier for each in both)
        assert len({each.event_id for each in both}) == 1
        assert len({each.id for each in both}) == 2
        for each in both:
            assert each == Delivery(
                each.id, each.event_id, each.notifier, crossing(), 0, NOON, NOON
            )

    def test_gives_every_event_an_id_of_its_own(self, rig: StoreRig) -> None:
        """Also to equal ones; up to 64 characters of a URL."""
        put(rig, *[crossing()] * 20)
        put(rig, crossing())

        ids = {each.event_id for each in unfinished(rig)}
        assert len(ids) == 21
        assert all(0 < len(id_) <= 64 and id_.isascii() for id_ in ids)

    def test_of_nothing_is_nothing(self, rig: StoreRig) -> None:
        """A unit may have no events."""
        put(rig)

        assert unfinished(rig) == []

    def test_takes_as_many_as_a_batch_may_have(self, rig: StoreRig) -> None:
        """All in their order."""
        names = [f"{number}@example.com" for number in range(512)]
        put(rig, *map(crossing, names))

        assert names == senders(unfinished(rig))[::-1]

    def test_is_seen_by_nobody_before_the_commit(self, rig: StoreRig) -> None:
        """Then it exists; without a commit it never does."""
        with rig.units() as unit:
            unit.outbox.add([crossing()])
        assert unfinished(rig) == []
        assert claim(rig) == []

        put(rig, crossing())
        assert len(claim(rig)) == 1


class TestReadsBack:
    @pytest.mark.parametrize("kind", EVENTS)
    def test_everything_of_every_kind(self, rig: StoreRig, kind: str) -> None:
        """What the notifier gets is what happened."""
        told = event(kind, "x")
        put(rig, told)

        assert [told] == [each.event for each in claim(rig)]
        assert [told] == [each.event for each in unfinished(rig)]

    @pytest.mark.parametrize("text", HARD_TEXTS, ids=ascii)
    def test_any_text(self, rig: StoreRig, text: str) -> None:
        """Any Unicode is kept as it is, a sender of 255 characters too."""
        told = event("quota_reached", text)
        put(rig, told)

        assert [told] == [each.event for each in claim(rig)]

    def test_senders_that_look_alike(self, rig: StoreRig) -> None:
        """Each with its own name."""
        put(rig, *map(crossing, LOOKALIKES))

        assert list(LOOKALIKES) == senders(claim(rig))

    def test_the_time_of_the_decision(self, rig: StoreRig) -> None:
        """As exact as it was; what is due is never due before."""
        at = NOON + dt.timedelta(microseconds=654321)
        put(rig, crossing(at=at))

        (delivery,) = claim(rig, now=at)
        assert at == delivery.event.at
        assert abs(delivery.since - at) < SECOND

    def test_too_long_values_are_cut(self, rig: StoreRig) -> None:
        """
        Of a value too long for the store the beginning is kept, of 1000
        characters all; an event is never refused for it, nor is an error.
        """
        long = "\U0001f600 and more " * 10_000
        told = event("quota_reached", long)
        submission = attrs.evolve(told.submission, sender=SENDER, transaction="t" * 64)
        put(rig, attrs.evolve(told, submission=submission))
        delivery = claim_one(rig)
        failed(rig, delivery, error=long)

        (left,) = unfinished(rig)
        kept = left.event.submission
        texts = [kept.queue_id, kept.login, kept.client_name, kept.to_address]
        assert all(long.startswith(text) for text in [*texts, left.error])
        assert min(map(len, texts)) >= 1000
        assert len(left.error) >= 255
        assert (kept.sender, kept.transaction) == (SENDER, "t" * 64)


class TestNextDue:
    def test_is_the_earliest_of_a_notifier(self, rig: StoreRig) -> None:
        """Nothing of what is delivered or given up, nor of what others wait for."""
        assert acting(rig, lambda outbox: outbox.next_due("mail")) is None
        put(rig, crossing("a"), crossing("b", NOON + 2 * SECOND))

        found = [acting(rig, lambda outbox: outbox.next_due("mail"))]
        delivery = claim_one(rig)
        found.append(acting(rig, lambda outbox: outbox.next_due("mail")))
        (second,) = claim(rig, now=NOON + 2 * SECOND)
        found.append(acting(rig, lambda outbox: outbox.next_due("mail")))
        for each in (delivery, second):
            failed(rig, each)
        found.append(acting(rig, lambda outbox: outbox.next_due("mail")))

        assert found == [NOON, NOON + 2 * SECOND, NOON + LEASE, None]
        assert acting(rig, lambda outbox: outbox.next_due("webhook")) == NOON
