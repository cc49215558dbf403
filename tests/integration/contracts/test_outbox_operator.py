"""The outbox: what an operator sees of it and asks for again."""

from __future__ import annotations

import datetime as dt

from tests.integration.contracts.outboxes import (
    LEASE,
    acting,
    claim,
    claim_one,
    delivered,
    end_all,
    failed,
    put_each,
    senders,
    unfinished,
)
from tests.integration.contracts.rig import NOON, StoreRig


DAY = dt.timedelta(days=1)


def retry(rig: StoreRig, *ids: int, now: dt.datetime = NOON) -> int:
    """Ask for these again, or for all if none is named."""
    return acting(rig, lambda outbox: outbox.retry(ids or None, now=now))


class TestWaiting:
    def test_counts_what_is_to_be_delivered(self, rig: StoreRig) -> None:
        """By notifier; what is delivered or given up does not wait."""
        put_each(rig, "given up", "delivered", "waiting")
        first, second, _ = claim(rig)
        failed(rig, first)
        delivered(rig, second)

        assert acting(rig, lambda outbox: outbox.waiting()) == {"webhook": 3, "mail": 1}


class TestUnfinished:
    def test_is_what_waits_or_was_given_up(self, rig: StoreRig) -> None:
        """For every notifier, newest first."""
        put_each(rig, "given up", "delivered", "waiting")
        first, second, _ = claim(rig)
        failed(rig, first)
        delivered(rig, second)

        assert senders(unfinished(rig)) == ["waiting", "given up"]
        assert senders(unfinished(rig, "webhook")) == [
            *("waiting", "delivered", "given up")
        ]

    def test_is_no_more_than_the_limit(self, rig: StoreRig) -> None:
        """The newest of them."""
        put_each(rig, *"abc")

        found = acting(rig, lambda outbox: outbox.unfinished(limit=3))

        assert senders(found) == ["c", "c", "b"]


class TestRetry:
    def test_makes_what_is_named_due_at_once(self, rig: StoreRig) -> None:
        """
        Waiting or given up: from now on they have their time anew; the others
        keep theirs.
        """
        put_each(rig, "waiting", "given up", "other")
        waiting, given_up, other = claim(rig)
        failed(rig, waiting, retry_at=NOON + DAY)
        failed(rig, given_up)
        failed(rig, other, retry_at=NOON + DAY)

        assert retry(rig, waiting.id, given_up.id, now=NOON + LEASE) == 2

        left = {each.id: each for each in unfinished(rig)}
        for each in (waiting, given_up):
            assert left[each.id].since == left[each.id].due_at == NOON + LEASE
            assert left[each.id].waiting
            assert (left[each.id].attempts, left[each.id].error) == (
                *(1, "HTTP status 503"),
            )
        assert left[other.id].due_at == NOON + DAY
        assert left[other.id].since == NOON
        assert senders(claim(rig, now=NOON + LEASE)) == ["waiting", "given up"]

    def test_makes_all_due(self, rig: StoreRig) -> None:
        """Of every notifier, but not what is delivered."""
        put_each(rig, *"abc")
        end_all(rig, at=NOON)

        assert retry(rig, now=NOON + DAY) == 5

        assert senders(claim(rig, now=NOON + DAY)) == ["a", "c"]
        assert len(claim(rig, notifier="webhook", now=NOON + DAY)) == 3

    def test_counts_what_was_due_already(self, rig: StoreRig) -> None:
        """How many there are, not how many it changed; each once."""
        put_each(rig, "a", "b")
        ids = [each.id for each in unfinished(rig)]

        assert retry(rig, *ids, *ids) == 2
        assert retry(rig, *ids) == 2
        assert retry(rig) == 4

    def test_of_what_is_not_there_is_none(self, rig: StoreRig) -> None:
        """Neither what never was nor what is delivered."""
        put_each(rig, "a")
        delivery = claim_one(rig)
        delivered(rig, delivery)

        assert retry(rig, delivery.id, 4711) == 0
        assert acting(rig, lambda outbox: outbox.retry([], now=NOON)) == 0
        assert claim(rig, now=NOON + DAY) == []
