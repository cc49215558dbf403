"""The outbox: who was too slow has no say any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rateguard.domain.events import Delivery
from tests.integration.contracts.outboxes import (
    LEASE,
    SECOND,
    acting,
    claim,
    claim_one,
    delivered,
    failed,
    purge,
    put_each,
    senders,
    unfinished,
)
from tests.integration.contracts.rig import NOON, StoreRig


def give_up(rig: StoreRig, delivery: Delivery) -> None:
    failed(rig, delivery, retry_at=None)


def postpone(rig: StoreRig, delivery: Delivery) -> None:
    failed(rig, delivery, retry_at=NOON + 9 * LEASE)


class TestTooLate:
    @pytest.mark.parametrize("act", [give_up, postpone])
    def test_does_nothing_to_what_somebody_else_has(
        self, rig: StoreRig, act: Callable[[StoreRig, Delivery], None]
    ) -> None:
        """Whose lease ended has no say any more."""
        put_each(rig, "a")
        late = claim_one(rig)
        other = claim_one(rig, NOON + LEASE)

        act(rig, late)

        assert [other] == unfinished(rig)

    @pytest.mark.parametrize("act", [give_up, postpone])
    def test_does_nothing_to_a_lease_that_ends_in_the_same_second(
        self, rig: StoreRig, act: Callable[[StoreRig, Delivery], None]
    ) -> None:
        """
        Asked for again by an operator, it may be claimed by somebody else at
        once.
        """
        put_each(rig, "a")
        late = claim_one(rig)
        acting(rig, lambda outbox: outbox.retry([late.id], now=NOON))
        other = claim_one(rig)
        assert late.due_at == other.due_at

        act(rig, late)

        assert [other] == unfinished(rig)

    @pytest.mark.parametrize("act", [give_up, postpone])
    @pytest.mark.parametrize("end", [delivered, give_up])
    def test_does_nothing_to_what_is_over(
        self,
        rig: StoreRig,
        act: Callable[[StoreRig, Delivery], None],
        end: Callable[[StoreRig, Delivery], None],
    ) -> None:
        """Delivered stays delivered, given up stays given up."""
        put_each(rig, "a")
        delivery = claim_one(rig)
        end(rig, delivery)
        before = unfinished(rig)

        act(rig, delivery)

        assert before == unfinished(rig)
        assert claim(rig, now=NOON + 99 * LEASE) == []
        assert purge(rig, before=NOON + SECOND) == 1

    def test_does_nothing_to_another_event(self, rig: StoreRig) -> None:
        """The number of a delivery that was purged is not given again."""
        put_each(rig, "a")
        late = claim_one(rig)
        delivered(rig, late)
        assert purge(rig, before=NOON + SECOND) == 1
        put_each(rig, "b")

        delivered(rig, late)

        assert senders(claim(rig)) == ["b"]
        assert senders(claim(rig, notifier="webhook")) == ["a", "b"]
