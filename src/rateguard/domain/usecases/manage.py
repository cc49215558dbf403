"""Carry out what an operator orders, and record it."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.orders import Change, Order, differences
from rateguard.domain.ports import Clock, Units
from rateguard.domain.quota import QuotaPolicy


CHUNK = 20_000
"""Messages read in a few milliseconds, while others wait."""


@attrs.frozen
class ManageSenders:
    """
    Each call is one unit of work: all of it is done and recorded, or nothing. It
    takes effect with the next message. Senders are canonical keys; reasons are in the
    operator's words.

    Attributes:
        newcomer: The policy of senders seen for the first time.
        by: Who gives the orders.
    """

    units: Units
    clock: Clock
    newcomer: QuotaPolicy
    by: str

    def __call__(
        self, sender: str, order: Order, *, reason: str = "", create: bool = False
    ) -> Change:
        """
        Return what was changed; no fields if it was so already, and then nothing is
        recorded. *create* makes a sender that has never sent.

        Raises:
            OrderRefused: no such sender, or the order makes no sense for it.
            StoreError: nothing was done.
        """
        if not sender:
            # Who has no name has not logged in, and is counted nowhere.
            raise OrderRefused("the name of the sender is empty")
        changes = self.several({sender}, order, reason=reason, create=create)
        if not changes:
            raise UnknownSender(sender)
        return changes[0]

    def several(
        self,
        senders: Collection[str],
        order: Order,
        *,
        reason: str = "",
        create: bool = False,
        quota_was: int | None = None,
    ) -> list[Change]:
        """
        Do the same to those that exist; with *quota_was* to those that have this quota
        now. Their mail waits meanwhile: a hundred are soon done.

        Raises:
            OrderRefused: the order makes no sense for one of them; nothing was done.
            StoreError: nothing was done.
        """
        at = self.clock.now()
        with self.units() as unit:
            known = counters = unit.counters.find(senders)
            if create and len(known) < len(senders):
                counters = unit.counters.lock(senders, default=self.newcomer, at=at)
            changes, changed = [], []
            for sender, counter in counters.items():
                if quota_was not in (None, counter.policy.quota):
                    continue
                after = order.apply(counter, at)
                fields = differences(counter if sender in known else None, after)
                changes.append(
                    Change(at, self.by, order.action, sender, fields, reason)
                )
                if fields:
                    changed.append(after)
            unit.counters.save(changed, at=at)
            unit.counters.set_policies(changed)
            unit.history.add([change for change in changes if change.fields])
            unit.commit()
        return changes

    def let_go(self, sender: str, *, after: int) -> int | None:
        """
        Make a chunk of a sender's messages nobody's, before it is removed: one that
        sent a hundred thousand would keep others waiting.

        Returns:
            The position reached, None when none were left; see
            ``MessageLog.let_go``.

        Raises:
            UnknownSender: there is none.
            StoreError: nothing was done.
        """
        with self.units() as unit:
            if sender not in unit.counters.find({sender}):
                raise UnknownSender(sender)
            reached = unit.messages.let_go(sender, after=after, limit=CHUNK)
            unit.commit()
        return reached

    def remove(self, sender: str, *, reason: str = "", let_go: int) -> Change:
        """
        Forget a sender; its messages stay, those up to the position *let_go* are
        nobody's already. Its next message makes it anew, with the default quota.

        Raises:
            UnknownSender: there is none.
            StoreError: nothing was done.
        """
        at = self.clock.now()
        with self.units() as unit:
            found = unit.counters.find({sender})
            if sender not in found:
                raise UnknownSender(sender)
            fields = differences(found[sender], None)
            change = Change(at, self.by, "remove", sender, fields, reason)
            unit.counters.remove([sender], let_go=let_go)
            unit.history.add([change])
            unit.commit()
        return change
