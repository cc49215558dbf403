"""
Do what an operator orders, and record it.
"""

from __future__ import annotations

import attrs

from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.history import Change, differences
from rateguard.domain.orders import Order
from rateguard.domain.ports import Clock, Units
from rateguard.domain.quota import QuotaPolicy


@attrs.frozen
class ManageSender:
    """
    Carries out one order in one unit of work: it is done and recorded, or
    neither. It takes effect with the next message.

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
        Return what was changed; no fields if it was so already, and then
        nothing is recorded.

        Args:
            sender: Canonical key.

            order: What to do.

            reason: Why, in the operator's words.

            create: Whether a sender not seen yet is made.

        Raises:
            OrderRefused: no such sender, or the order makes no sense for him.
            StoreError: nothing was done.
        """
        if not sender:
            # Who has no name has not logged in, and is counted nowhere.
            raise OrderRefused("a sender has a name")
        at = self.clock.now()
        with self.units() as unit:
            if create:
                found = unit.counters.lock({sender}, default=self.newcomer, at=at)
            else:
                found = unit.counters.find({sender})
            if sender not in found:
                raise _unknown(sender)
            before = found[sender]
            after = order.apply(before, at)
            fields = differences(before, after)
            change = Change(at, self.by, order.action, sender, fields, reason)
            if fields:
                unit.counters.save([after], at=at)
                unit.counters.set_policies([after])
                unit.history.add([change])
            unit.commit()
        return change

    def remove(self, sender: str, *, reason: str = "") -> Change:
        """
        Forget a sender; his messages stay. His next message makes him anew,
        with the default quota.

        Raises:
            OrderRefused: no such sender.
            StoreError: nothing was done.
        """
        at = self.clock.now()
        with self.units() as unit:
            found = unit.counters.find({sender})
            if sender not in found:
                raise _unknown(sender)
            fields = differences(found[sender], None)
            change = Change(at, self.by, "remove", sender, fields, reason)
            unit.counters.remove([sender])
            unit.history.add([change])
            unit.commit()
        return change


def _unknown(sender: str) -> UnknownSender:
    return UnknownSender(
        f"no sender {sender}: he has sent nothing yet; see rateguard sender list"
    )
