"""Do what an operator orders, and record it."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.orders import Change, Order, differences
from rateguard.domain.ports import Clock, UnitOfWork, Units
from rateguard.domain.quota import QuotaPolicy


CHUNK = 20_000
"""Messages read in a few milliseconds, while others wait."""


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
            before = unit.counters.find({sender}).get(sender)
            if before is None and not create:
                raise UnknownSender(sender)
            counter = before or self._made(sender, unit, at)
            after = order.apply(counter, at)
            fields = differences(before, after)
            change = Change(at, self.by, order.action, sender, fields, reason)
            if fields:
                unit.counters.save([after], at=at)
                unit.counters.set_policies([after])
                unit.history.add([change])
            unit.commit()
        return change

    def _made(self, sender: str, unit: UnitOfWork, at: dt.datetime) -> SenderCounter:
        return unit.counters.lock({sender}, default=self.newcomer, at=at)[sender]

    def let_go(self, sender: str, *, after: int) -> int | None:
        """
        Make a chunk of a sender's messages nobody's, before he is removed:
        whoever sent a hundred thousand would keep others waiting.

        Returns:
            The position reached, None when none were left; see
            ``MessageLog.let_go``.

        Raises:
            OrderRefused: no such sender.
            StoreError: nothing was done.
        """
        with self.units() as unit:
            if sender not in unit.counters.find({sender}):
                raise UnknownSender(sender)
            reached = unit.messages.let_go(sender, after=after, limit=CHUNK)
            unit.commit()
        return reached

    def remove(self, sender: str, *, reason: str = "", let_go: int = 0) -> Change:
        """
        Forget a sender; his messages stay. His next message makes him anew,
        with the default quota.

        Args:
            sender: Canonical key.

            reason: Why, in the operator's words.

            let_go: The position that :meth:`let_go` reached.

        Raises:
            OrderRefused: no such sender.
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
