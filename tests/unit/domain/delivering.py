"""Crossings that wait in a store, and a notifier that does as the test says."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable

import attrs

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import Alert, Delivery, Event, QuotaReached
from rateguard.domain.ports import Clock, Units
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.notify import Attempt, DeliverNotifications
from tests.unit.doubles import NOON, HandClock


Reaction = Callable[[Alert], None]


def taken(alert: Alert) -> None:
    """Have it."""


@attrs.define
class ScriptedNotifier:
    """
    A ``Notifier`` that does something else at each call; when the script is
    over, it does the last part again.
    """

    script: list[Reaction | Exception] = attrs.Factory(lambda: [taken])
    name: str = "hook"
    alerts: list[Alert] = attrs.Factory(list)

    def deliver(self, alert: Alert) -> None:
        """Play the next part."""
        self.alerts.append(alert)
        part = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        if isinstance(part, Exception):
            raise part
        part(alert)

    @property
    def senders(self) -> list[str]:
        """Of whom it was told, in order."""
        return [alert.event.submission.sender for alert in self.alerts]


def crossing(sender: str = "anna@example.com", at: dt.datetime = NOON) -> Event:
    counter = SenderCounter(sender, QuotaPolicy.of(0), 1, 1, 1, 1)
    return QuotaReached(Submission(sender), counter, at)


def crossings(count: int) -> list[Event]:
    """Return the events of senders 0, 1, 2, …."""
    return [crossing(str(number)) for number in range(count)]


def told_store(*events: Event) -> MemoryStore:
    """Return a store with these events for the notifier ``hook``."""
    store = MemoryStore(notifiers=["hook"])
    put(store, *events)
    return store


def put(store: MemoryStore, *events: Event) -> None:
    """Add events in a committed unit."""
    with store() as unit:
        unit.outbox.add(events)
        unit.commit()


def unfinished(store: MemoryStore) -> list[Delivery]:
    """Return what waits or was given up, oldest first."""
    with store() as unit:
        return unit.outbox.unfinished(limit=1000)[::-1]


@attrs.define
class Delivering:
    """The use case over a store, at a time that the test sets."""

    store: MemoryStore
    notifier: ScriptedNotifier = attrs.Factory(ScriptedNotifier)
    clock: HandClock = attrs.Factory(HandClock)
    jitter: float = 1.0
    units: Units | None = None

    @property
    def use_case(self) -> DeliverNotifications:
        """As it is composed."""
        clock: Clock = self.clock
        return DeliverNotifications(
            self.units or self.store, clock, self.notifier, lambda: self.jitter
        )

    def __call__(self) -> Attempt | None:
        """Deliver what is due first."""
        return self.use_case()

    def failed(self) -> Attempt:
        """Fail at what is due first."""
        attempt = self()
        assert attempt is not None
        assert attempt.error is not None
        return attempt

    def pass_by(self, **duration: float) -> None:
        """Let hours, minutes or what is named pass."""
        self.clock.time += dt.timedelta(**duration)

    def stay_until_due(self) -> None:
        """Let pass what is left until the next is due."""
        due_at = self.use_case.next_due()
        assert due_at is not None
        self.clock.time = max(due_at, self.clock.time)


def failing(*script: Reaction | Exception, jitter: float = 1.0) -> Delivering:
    """Return the use case over one event and a notifier with this script."""
    notifier = ScriptedNotifier(list(script))
    return Delivering(told_store(crossing()), notifier, jitter=jitter)
