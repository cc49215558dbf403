"""One outbox of those that are compared."""

from __future__ import annotations

import datetime as dt

from typing import Any

import attrs

from rateguard.domain.events import Delivery
from tests.integration.contracts.outboxes import acting
from tests.integration.contracts.rig import NOTIFIERS, StoreRig


@attrs.define
class OneOutbox:
    """
    A store, and every delivery that was ever claimed of it.

    Events are known by their senders, who are numbered: ids differ between
    two stores.
    """

    rig: StoreRig
    claimed: list[Delivery] = attrs.Factory(list)
    ids: dict[tuple[str, str], int] = attrs.Factory(dict)

    def shown(self, delivery: Delivery) -> tuple[Any, ...]:
        """Return all of it but its ids."""
        key = (delivery.event.submission.sender, delivery.notifier)
        assert self.ids.setdefault(key, delivery.id) == delivery.id
        return attrs.astuple(attrs.evolve(delivery, id=0, event_id=""))

    def claim(self, notifier: str, **how: Any) -> list[tuple[Any, ...]]:
        """Claim, and remember."""
        claimed = acting(self.rig, lambda outbox: outbox.claim(notifier, **how))
        self.claimed += claimed
        return [self.shown(delivery) for delivery in claimed]

    def some_claimed(self, choice: int) -> list[Delivery]:
        """Return one that was claimed at some time, if any was."""
        every = self.claimed
        return [every[choice % len(every)]] if every else []

    def unfinished(self) -> list[tuple[Any, ...]]:
        """Return what waits or was given up."""
        found = acting(self.rig, lambda outbox: outbox.unfinished(limit=1000))
        return [self.shown(delivery) for delivery in found]

    def next_due(self) -> list[dt.datetime | None]:
        """Return when the next is due for each notifier."""
        with self.rig.units() as unit:
            return [unit.outbox.next_due(name) for name in NOTIFIERS]

    def retry(self, choices: list[int] | None, now: dt.datetime) -> int:
        """Ask for some again, in whatever state they are, or for all."""
        ids = None
        if choices is not None:
            known = sorted(self.ids)
            ids = [self.ids[known[each % len(known)]] for each in choices if known]
        return acting(self.rig, lambda outbox: outbox.retry(ids, now=now))
