"""
Who is told, and what is on its way.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from rateguard.domain.events import Event
from rateguard.domain.notice import Delivery, Notice


class Outbox(Protocol):
    """
    Events on their way to notifiers, inside one unit of work.
    """

    def add(self, events: Sequence[Event]) -> None:
        """
        Keep these events for every notifier that the store was told of,
        each to be delivered at once. They exist when the unit is committed
        and only then.
        """

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        """
        Take up to *limit* deliveries that are due, those with the fewest
        attempts first, and count an attempt of each. Nobody else gets them
        before *lease* is over. Their ``due_at`` is the end of the lease.
        """

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        """
        Record that the notifier has it. Done again, it changes nothing.
        """

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        """
        Record that an attempt failed, and when the next is due; None gives it
        up. Does nothing if its lease ended and somebody else has it now.
        """

    def release(self, deliveries: Iterable[Delivery], *, now: dt.datetime) -> None:
        """
        Give back what was claimed and not attempted: it is due at once, the
        attempt is not counted.
        """

    def next_due(self, notifier: str) -> dt.datetime | None:
        """
        Return when the next delivery is due, aware UTC; None if none waits.
        """

    def waiting(self) -> dict[str, int]:
        """
        Return how many deliveries wait for each notifier that any waits for.
        """

    def unfinished(self, *, limit: int) -> list[Delivery]:
        """
        Return deliveries that wait or were given up, newest first.
        """

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """
        Make these due at once, given up ones too, with three days before
        them; None means all. One that is being attempted meanwhile may come
        twice.

        Returns:
            How many there were.
        """

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """
        Delete up to *limit* deliveries that were delivered or given up before
        *before*.

        Returns:
            How many were deleted; fewer than *limit* means none are left.
        """


class Notifier(Protocol):
    """
    Tells somebody. May be called by several threads at once.
    """

    @property
    def name(self) -> str:
        """
        Short, stable, unique among the notifiers; up to 64 characters. What
        waits in the outbox is found by it.
        """

    def deliver(self, notice: Notice) -> None:
        """
        Hand a notice over; return once the receiver has it. Comes back within
        :data:`ATTEMPT_SECONDS`, one way or the other. Called again for the
        same event when it failed, or when nobody knows whether it did.

        Raises:
            DeliveryFailed: try again later.
        """


ATTEMPT_SECONDS = 10.0
"""How long a notifier may take for one attempt, all in all."""
