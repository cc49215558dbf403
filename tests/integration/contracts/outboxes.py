"""What the tests of the outbox do again and again."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable
from typing import TypeVar

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import Delivery, Event, QuotaReached
from rateguard.domain.ports import Outbox
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.integration.contracts.rig import NOON, SENDER, StoreRig


T = TypeVar("T")

LEASE = dt.timedelta(seconds=50)

SECOND = dt.timedelta(seconds=1)


def crossing(sender: str = SENDER, at: dt.datetime = NOON) -> QuotaReached:
    """Return the event of a sender that crossed a quota of 0."""
    counter = SenderCounter(sender, QuotaPolicy.of(0), 1, 1, 1, 1)
    return QuotaReached(Submission(sender), counter, at)


def acting(rig: StoreRig, act: Callable[[Outbox], T]) -> T:
    """Act on the outbox in a committed unit."""
    with rig.units() as unit:
        done = act(unit.outbox)
        unit.commit()
    return done


def put(rig: StoreRig, *events: Event) -> None:
    """Add events."""
    acting(rig, lambda outbox: outbox.add(events))


def put_each(rig: StoreRig, *senders: str, at: dt.datetime = NOON) -> None:
    """Add an event of each sender, one unit each, so in this order."""
    for sender in senders:
        put(rig, crossing(sender, at))


def claim(
    rig: StoreRig,
    *,
    notifier: str = "mail",
    now: dt.datetime = NOON,
    lease: dt.timedelta = LEASE,
    limit: int = 100,
) -> list[Delivery]:
    """Claim."""
    return acting(
        rig,
        lambda outbox: outbox.claim(notifier, now=now, lease=lease, limit=limit),
    )


def claim_one(rig: StoreRig, now: dt.datetime = NOON) -> Delivery:
    """Claim what has to be the only one that is due."""
    (delivery,) = claim(rig, now=now)
    return delivery


def unfinished(rig: StoreRig, notifier: str = "mail") -> list[Delivery]:
    """Return what waits for a notifier or was given up, newest first."""
    found = acting(rig, lambda outbox: outbox.unfinished(limit=10_000))
    return [delivery for delivery in found if delivery.notifier == notifier]


def delivered(rig: StoreRig, delivery: Delivery, at: dt.datetime = NOON) -> None:
    """Record that the notifier has it."""
    acting(rig, lambda outbox: outbox.delivered(delivery, at=at))


def failed(
    rig: StoreRig,
    delivery: Delivery,
    *,
    at: dt.datetime = NOON,
    error: str = "HTTP status 503",
    retry_at: dt.datetime | None = None,
) -> None:
    """Record that an attempt failed; unless told otherwise it is given up."""
    acting(
        rig,
        lambda outbox: outbox.failed(delivery, at=at, error=error, retry_at=retry_at),
    )


def purge(rig: StoreRig, *, before: dt.datetime, limit: int = 100) -> int:
    """Delete what ended before."""
    return acting(rig, lambda outbox: outbox.purge(before=before, limit=limit))


def end_all(rig: StoreRig, *, at: dt.datetime) -> None:
    """
    Record of what is due that it is over: of every other one that it was
    delivered, of the others that they were given up.
    """
    for number, delivery in enumerate(claim(rig, now=at)):
        if number % 2:
            delivered(rig, delivery, at)
        else:
            failed(rig, delivery, at=at)


def senders(deliveries: list[Delivery]) -> list[str]:
    """Return about whom they are."""
    return [delivery.event.submission.sender for delivery in deliveries]
