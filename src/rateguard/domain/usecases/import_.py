"""Take over the senders of another program, a chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from rateguard.domain.orders import Arrival, Change, TakeOver, differences
from rateguard.domain.ports import Clock, Units
from rateguard.domain.quota import QuotaPolicy


@attrs.frozen
class Imported:
    """
    What became of one sender: *change* has no fields if it was so already; *kept*
    is the quota that an operator set here, if it was left as it is.
    """

    arrival: Arrival
    change: Change
    kept: int | None = None


@attrs.frozen
class ImportSenders:
    """
    Sets quotas and raises counters in short units of work, each with its
    record in the history. Done again, it changes nothing.

    A quota that is not that of a newcomer was set by somebody here, and is left
    alone.

    Attributes:
        newcomer: The policy of senders seen for the first time.
        by: Who orders it, and why: *reason*.
        force: Set those quotas too that somebody set here, where the other
            program had one for this sender alone.
        dry_run: Only tell.
    """

    units: Units
    clock: Clock
    newcomer: QuotaPolicy
    by: str
    reason: str
    force: bool = False
    dry_run: bool = False

    def step(self, arrivals: Sequence[Arrival]) -> list[Imported]:
        """
        Take over one chunk, no sender twice in it. Safe to repeat after a
        ``StoreError``.
        """
        at = self.clock.now()
        with self.units() as unit:
            counters = unit.counters.lock(
                {arrival.sender for arrival in arrivals}, default=self.newcomer, at=at
            )
            imported, changed = [], []
            for arrival in arrivals:
                before = counters[arrival.sender]
                policy = before.policy.without_ended_raise(at)
                order = self._order(arrival, policy)
                after = order.apply(before, at)
                fields = differences(before, after)
                change = Change(
                    at, self.by, order.action, arrival.sender, fields, self.reason
                )
                quota = after.policy.quota
                kept = quota if arrival.own and quota != arrival.quota else None
                imported.append(Imported(arrival, change, kept))
                if fields:
                    changed.append(after)
            unit.counters.save(changed, at=at)
            unit.counters.set_policies(changed)
            unit.history.add([each.change for each in imported if each.change.fields])
            if not self.dry_run:
                unit.commit()
        return imported

    def _order(self, arrival: Arrival, policy: QuotaPolicy) -> TakeOver:
        is_so = policy.quota == policy.quota_reset == arrival.quota
        ours = policy == self.newcomer or (self.force and arrival.own)
        quota = arrival.quota if ours and not is_so else None
        return TakeOver(quota, arrival.messages, arrival.recipients)
