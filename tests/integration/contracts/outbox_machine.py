"""The life of an outbox lived twice: in memory, and in the store under test."""

from __future__ import annotations

import datetime as dt
import functools

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rateguard.domain.events import Delivery
from rateguard.domain.ports import Outbox
from tests.integration.contracts.outbox_life import OneOutbox
from tests.integration.contracts.outboxes import acting, crossing
from tests.integration.contracts.rig import NOTIFIERS, HandClock, StoreRig


T = TypeVar("T")

SECONDS = st.integers(0, 20)
RETRIES = st.none() | SECONDS
CHOICES = st.integers(0, 2**16)
LIMITS = st.integers(1, 4)


class SameDeliveries(RuleBasedStateMachine):
    """Whatever is done to both outboxes, both say the same and end the same."""

    def __init__(self, reference: StoreRig, examined: StoreRig) -> None:
        super().__init__()
        self.clock = HandClock()
        self.stores = [OneOutbox(reference), OneOutbox(examined)]
        self.events = 0

    def both(self, act: Callable[[OneOutbox], T]) -> None:
        """Do it to both; what they return has to be the same."""
        reference, examined = map(act, self.stores)
        assert reference == examined

    def to_some(self, choice: int, act: Callable[[Delivery, Outbox], None]) -> None:
        """Do it to something that was claimed, by whom it may no longer belong."""
        for store in self.stores:
            for delivery in store.some_claimed(choice):
                acting(store.rig, functools.partial(act, delivery))

    @initialize()
    def begin(self) -> None:
        """Both are empty."""
        for store in self.stores:
            store.rig.clear()

    @rule(count=st.integers(1, 3))
    def add(self, count: int) -> None:
        """Some senders cross."""
        self.events += count
        first = self.events - count
        names = [f"{number:04}" for number in range(first, self.events)]
        told = [crossing(name, self.clock.time) for name in names]
        self.both(lambda store: acting(store.rig, lambda outbox: outbox.add(told)))

    @rule(notifier=st.sampled_from(NOTIFIERS), lease=SECONDS, limit=LIMITS)
    def claim(self, notifier: str, lease: int, limit: int) -> None:
        """Somebody claims."""
        how = {"lease": dt.timedelta(seconds=lease), "limit": limit}
        self.both(lambda store: store.claim(notifier, now=self.clock.time, **how))

    @rule(choice=CHOICES)
    def deliver(self, choice: int) -> None:
        """Somebody delivered."""
        now = self.clock.time
        self.to_some(choice, lambda each, outbox: outbox.delivered(each, at=now))

    @rule(choice=CHOICES, pause=RETRIES)
    def fail(self, choice: int, pause: int | None) -> None:
        """Somebody failed, and may give it up."""
        now = self.clock.time
        retry_at = None if pause is None else now + dt.timedelta(seconds=pause)
        self.to_some(
            choice,
            lambda each, outbox: outbox.failed(
                each, at=now, error=f"at {now}", retry_at=retry_at
            ),
        )

    @rule(choices=st.none() | st.lists(CHOICES, max_size=3))
    def retry(self, choices: list[int] | None) -> None:
        """An operator asks for some again, or for all."""
        self.both(lambda store: store.retry(choices, self.clock.time))

    @rule(seconds=SECONDS, limit=LIMITS)
    def purge(self, seconds: int, limit: int) -> None:
        """What ended some time ago goes, up to a limit."""
        before = self.clock.time - dt.timedelta(seconds=seconds)
        self.both(
            lambda store: acting(
                store.rig, lambda outbox: outbox.purge(before=before, limit=limit)
            )
        )

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        """Some seconds pass."""
        self.clock.pass_by(seconds=seconds)

    @invariant()
    def same_waits(self) -> None:
        """The same waits, and is due at the same time."""
        self.both(OneOutbox.unfinished)
        self.both(OneOutbox.next_due)
