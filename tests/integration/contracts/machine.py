"""The same life lived twice: in memory, and in the store under test."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rateguard.domain.orders import Order
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import SenderQuery
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import judging
from tests.integration.contracts.anything import (
    BATCHES,
    ORDERS,
    POLICIES,
    QUERIES,
    QUOTAS,
    SENDERS,
)
from tests.integration.contracts.one_store import OneStore
from tests.integration.contracts.rig import NOON, HandClock, StoreRig


T = TypeVar("T")


class SameAnswers(RuleBasedStateMachine):
    """Whatever is done to both stores, both say the same and end the same."""

    def __init__(self, reference: StoreRig, examined: StoreRig) -> None:
        super().__init__()
        self.clock = HandClock()
        self.period_start = NOON
        self.stores = [OneStore(reference, self.clock), OneStore(examined, self.clock)]

    def both(self, act: Callable[[OneStore], T]) -> None:
        """Do it to both stores; what they return has to be the same."""
        reference, examined = map(act, self.stores)
        assert reference == examined

    @initialize(quota=QUOTAS)
    def begin(self, quota: int) -> None:
        """Both stores are empty, the newcomers' quota is anything."""
        self.quota = quota
        for store in self.stores:
            store.rig.clear()

    @rule(batch=BATCHES)
    def judge(self, batch: list[Submission]) -> None:
        """A batch gets the same decisions."""
        self.both(lambda store: judging(store.rig, self.clock, quota=self.quota)(batch))

    @rule(batch=BATCHES)
    def abandon(self, batch: list[Submission]) -> None:
        """A unit that is not committed reads the same and leaves nothing."""
        self.both(lambda store: store.abandon(batch))

    @rule(sender=SENDERS, policy=POLICIES)
    def operator_sets_policy(self, sender: str, policy: QuotaPolicy) -> None:
        """An operator edits a policy with a tool of their own."""
        self.both(lambda store: store.set_policy(sender, policy))

    @rule(sender=SENDERS, order=ORDERS, create=st.booleans())
    def operator_orders(self, sender: str, order: Order, create: bool) -> None:
        """An operator's order has the same outcome."""
        self.both(lambda store: store.order(sender, order, create))

    @rule(sender=SENDERS)
    def operator_removes(self, sender: str) -> None:
        """
        Who is forgotten begins anew; whether an unfinished reset reaches it
        is left open.
        """
        self.period_start = self.clock.time
        self.both(lambda store: store.remove(sender))

    @rule(query=QUERIES, hours=st.integers(0, 48))
    def look(self, query: SenderQuery, hours: int) -> None:
        """Whatever is asked is answered the same."""
        since = self.clock.time - dt.timedelta(hours=hours)
        self.both(lambda store: store.report(query, since))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        """Some hours pass."""
        self.clock.pass_by(hours=hours)

    @rule()
    def period_begins(self) -> None:
        """A new period begins: unfinished resets are no longer resumed."""
        self.period_start = self.clock.time

    @rule(steps=st.integers(1, 9), chunk=st.integers(1, 4))
    def reset(self, steps: int, chunk: int) -> None:
        """A reset goes some steps, and may be cut off."""
        self.both(
            lambda store: store.reset(
                period_start=self.period_start, steps=steps, chunk=chunk
            )
        )

    @rule(hours=st.integers(0, 48), chunk=st.integers(1, 4))
    def purge(self, hours: int, chunk: int) -> None:
        """All old messages go."""
        before = self.clock.time - dt.timedelta(hours=hours)
        self.both(lambda store: store.purge(before=before, chunk=chunk))

    @invariant()
    def no_connection_is_kept(self) -> None:
        """Between two units no connection is in use."""
        for store in self.stores:
            assert store.rig.checked_out() == 0

    def teardown(self) -> None:
        """In the end the same is kept."""
        self.both(lambda store: store.rig.counters())
        self.both(lambda store: store.rig.messages())
