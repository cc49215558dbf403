"""The outbox in memory."""

from __future__ import annotations

import datetime as dt
import uuid

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import attrs

from rateguard.adapters.memory.state import State
from rateguard.domain.events import Delivery, Event


@attrs.frozen
class MemoryOutbox:
    """Implements ``Outbox``."""

    _state: State
    _notifiers: Sequence[str]

    def add(self, events: Sequence[Event]) -> None:
        """One delivery for each notifier."""
        for event in events:
            event_id = str(uuid.uuid4())
            for notifier in self._notifiers:
                id_ = next(self._state.numbers)
                self._keep(
                    Delivery(id_, event_id, notifier, event, 0, event.at, event.at)
                )

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        """The store is ours: nobody else can want them."""
        due = [each for each in self._waiting(notifier) if each.due_at <= now]
        due.sort(key=lambda each: (each.attempts, each.due_at, each.id))
        return [
            self._keep(
                attrs.evolve(each, attempts=each.attempts + 1, due_at=now + lease)
            )
            for each in due[:limit]
        ]

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        """Whoever holds it."""
        kept = self._state.outbox.get(delivery.id)
        if kept is not None and kept.delivered_at is None:
            self._keep(attrs.evolve(kept, delivered_at=at, given_up_at=None))

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        """Only while the lease is the one that was given."""
        kept = self._held(delivery)
        if kept is None:
            return
        if retry_at is None:
            self._keep(attrs.evolve(kept, error=error, given_up_at=at))
        else:
            self._keep(attrs.evolve(kept, error=error, due_at=retry_at))

    def release(self, deliveries: Iterable[Delivery], *, now: dt.datetime) -> None:
        """As if it had not been claimed."""
        for delivery in deliveries:
            kept = self._held(delivery)
            if kept is not None:
                self._keep(attrs.evolve(kept, due_at=now, attempts=kept.attempts - 1))

    def next_due(self, notifier: str) -> dt.datetime | None:
        """The earliest of those that wait."""
        return min((each.due_at for each in self._waiting(notifier)), default=None)

    def waiting(self) -> dict[str, int]:
        """Count them."""
        waiting = (each for each in self._state.outbox.values() if each.waiting)
        return dict(Counter(each.notifier for each in waiting))

    def unfinished(self, *, limit: int) -> list[Delivery]:
        """Newest first."""
        found = [
            each for each in self._state.outbox.values() if each.delivered_at is None
        ]
        return found[::-1][:limit]

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """Begin their three days anew."""
        wanted = [
            each
            for each in self._state.outbox.values()
            if each.delivered_at is None and (ids is None or each.id in ids)
        ]
        for each in wanted:
            self._keep(attrs.evolve(each, since=now, due_at=now, given_up_at=None))
        return len(wanted)

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """Drop the finished ones."""
        old = [
            each.id
            for each in self._state.outbox.values()
            if (ended := each.delivered_at or each.given_up_at) and ended < before
        ]
        for id_ in old[:limit]:
            del self._state.outbox[id_]
        return min(len(old), limit)

    def _waiting(self, notifier: str) -> list[Delivery]:
        return [
            each
            for each in self._state.outbox.values()
            if each.waiting and each.notifier == notifier
        ]

    def _held(self, delivery: Delivery) -> Delivery | None:
        kept = self._state.outbox.get(delivery.id)
        if kept is None or not kept.waiting:
            return None
        held = (kept.due_at, kept.attempts) == (delivery.due_at, delivery.attempts)
        return kept if held else None

    def _keep(self, delivery: Delivery) -> Delivery:
        self._state.outbox[delivery.id] = delivery
        return delivery
