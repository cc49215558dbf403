"""Counters to reset, and the reset of them."""

from __future__ import annotations

from rateguard.domain.counter import SenderCounter
from rateguard.domain.ports import ResetRun
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.cleanup import ResetCounters
from tests.integration.contracts.acts import POLICY, create, keep
from tests.integration.contracts.rig import NOON, StoreRig


MIDNIGHT = NOON.replace(hour=0)

SENDERS = [f"{letter}@example.com" for letter in "gfedcba"]


def used(sender: str, policy: QuotaPolicy = POLICY) -> SenderCounter:
    return SenderCounter(sender, policy, 3, 4, 5, 6)


def fill(rig: StoreRig) -> None:
    """Make seven counters that were used."""
    create(rig, *SENDERS)
    keep(rig, *map(used, SENDERS))


def finish(reset: ResetCounters, run: ResetRun) -> int:
    """Take all steps that are left; return how many there were."""
    steps = 0
    while run.finished_at is None:
        run = reset.step(run)
        steps += 1
    return steps
