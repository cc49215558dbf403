"""The outbox: what becomes of what was claimed."""

from __future__ import annotations

import datetime as dt

import attrs

from tests.integration.contracts.outboxes import (
    LEASE,
    SECOND,
    claim,
    claim_one,
    delivered,
    failed,
    purge,
    put_each,
    unfinished,
)
from tests.integration.contracts.rig import NOON, StoreRig


FINER = dt.timedelta(microseconds=900_000)


class TestDelivered:
    def test_is_over(self, rig: StoreRig) -> None:
        """It is not due any more and not among the unfinished, and others are."""
        put_each(rig, "a", "b")
        first, second = claim(rig)

        delivered(rig, first)

        assert [second] == unfinished(rig)
        assert [second.id] == [each.id for each in claim(rig, now=NOON + LEASE)]

    def test_again_changes_nothing(self, rig: StoreRig) -> None:
        """The first time it was delivered is the time it was delivered."""
        put_each(rig, "a")
        delivery = claim_one(rig)
        delivered(rig, delivery, NOON)

        delivered(rig, delivery, NOON + 9 * SECOND)

        assert purge(rig, before=NOON + SECOND) == 1

    def test_is_true_whoever_says_it(self, rig: StoreRig) -> None:
        """
        Who was too slow has delivered it all the same; also what was given up
        meanwhile.
        """
        put_each(rig, "a", "b")
        late, given_up = claim(rig)
        failed(rig, given_up)
        claim_one(rig, NOON + LEASE)

        delivered(rig, late)
        delivered(rig, given_up)

        assert unfinished(rig) == []


class TestFailed:
    def test_is_due_again_when_it_was_said(self, rig: StoreRig) -> None:
        """With its error, and the attempt counted."""
        put_each(rig, "a")
        delivery = claim_one(rig)
        retry_at = NOON + 5 * SECOND

        failed(rig, delivery, error="m\u00fcde \U0001f600\x00", retry_at=retry_at)

        expected = attrs.evolve(
            delivery, due_at=retry_at, error="m\u00fcde \U0001f600\x00"
        )
        assert [expected] == unfinished(rig)
        assert claim(rig, now=retry_at - SECOND) == []
        assert claim_one(rig, retry_at).attempts == 2

    def test_is_never_due_earlier(self, rig: StoreRig) -> None:
        """Whatever the store makes of parts of a second."""
        put_each(rig, "a")
        failed(rig, claim_one(rig), retry_at=NOON + 5 * SECOND + FINER)

        assert claim(rig, now=NOON + 5 * SECOND + FINER / 2) == []
        claim_one(rig, NOON + 6 * SECOND)

    def test_for_good_is_given_up(self, rig: StoreRig) -> None:
        """It stays with its error and the time, and is never due."""
        put_each(rig, "a")
        delivery = claim_one(rig)

        failed(rig, delivery, at=NOON + SECOND, error="gone", retry_at=None)

        (left,) = unfinished(rig)
        assert (left.given_up_at, left.error) == (NOON + SECOND, "gone")
        assert not left.waiting
        assert claim(rig, now=NOON + dt.timedelta(days=9)) == []
