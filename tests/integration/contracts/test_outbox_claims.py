"""The outbox: who has a delivery, and for how long."""

from __future__ import annotations

import datetime as dt

import attrs

from tests.integration.contracts.outboxes import (
    LEASE,
    SECOND,
    claim,
    claim_one,
    failed,
    put_each,
    senders,
    unfinished,
)
from tests.integration.contracts.rig import NOON, StoreRig


FINER = dt.timedelta(microseconds=900_000)


class TestClaim:
    def test_takes_the_fewest_attempts_first_then_the_oldest(
        self, rig: StoreRig
    ) -> None:
        """What is new does not wait for what fails again and again."""
        put_each(rig, "twice")
        failed(rig, claim_one(rig), retry_at=NOON)
        put_each(rig, "once")
        for delivery in claim(rig):
            failed(rig, delivery, retry_at=NOON)
        put_each(rig, "younger", at=NOON + 2 * SECOND)
        put_each(rig, "older", at=NOON + SECOND)
        put_each(rig, "youngest", at=NOON + 2 * SECOND)

        claimed = claim(rig, now=NOON + LEASE)

        expected = ["older", "younger", "youngest", "once", "twice"]
        assert expected == senders(claimed)
        assert [each.attempts for each in claimed] == [1, 1, 1, 2, 3]

    def test_takes_no_more_than_the_limit(self, rig: StoreRig) -> None:
        """The first of them; the rest is for the next."""
        put_each(rig, *"abcde")

        taken = [senders(claim(rig, limit=2)) for _ in range(4)]
        assert taken == [["a", "b"], ["c", "d"], ["e"], []]

    def test_takes_what_is_due(self, rig: StoreRig) -> None:
        """Not before, and in the same second."""
        put_each(rig, "a", at=NOON)

        assert claim(rig, now=NOON - SECOND) == []
        assert senders(claim(rig, now=NOON)) == ["a"]

    def test_takes_only_what_is_for_that_notifier(self, rig: StoreRig) -> None:
        """Each has its own, and one that has nothing gets nothing."""
        put_each(rig, "a")

        assert claim(rig, notifier="nobody") == []
        assert [each.notifier for each in claim(rig, notifier="mail")] == ["mail"]
        assert [each.notifier for each in claim(rig, notifier="webhook")] == ["webhook"]

    def test_counts_the_attempt_and_tells_the_end_of_the_lease(
        self, rig: StoreRig
    ) -> None:
        """What is claimed is what is kept."""
        put_each(rig, "a")
        (before,) = unfinished(rig)

        claimed = claim_one(rig)

        assert attrs.evolve(before, attempts=1, due_at=NOON + LEASE) == claimed
        assert [claimed] == unfinished(rig)

    def test_that_is_not_committed_is_none(self, rig: StoreRig) -> None:
        """The next has it, at the first attempt."""
        put_each(rig, "a")
        with rig.units() as unit:
            unit.outbox.claim("mail", now=NOON, lease=LEASE, limit=9)

        assert claim_one(rig).attempts == 1


class TestLease:
    def test_keeps_others_away_until_it_is_over(self, rig: StoreRig) -> None:
        """Then it is due again: whoever had it may be dead."""
        put_each(rig, "a")
        first = claim_one(rig)

        assert claim(rig, now=NOON + LEASE - SECOND) == []
        second = claim_one(rig, NOON + LEASE)
        assert (first.id, first.event_id) == (second.id, second.event_id)
        assert second.attempts == 2

    def test_is_never_shorter_than_was_said(self, rig: StoreRig) -> None:
        """Whatever the store makes of parts of a second."""
        put_each(rig, "a")
        claim_one(rig, NOON + FINER)

        assert claim(rig, now=NOON + FINER + LEASE - FINER / 2) == []
        claim_one(rig, NOON + FINER + LEASE + SECOND)
