"""Dispatchers at work over a store in memory, and what the notifiers are told."""

from __future__ import annotations

import datetime as dt
import queue
import random
import threading
import time

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.events import Alert
from rateguard.domain.ports import ATTEMPT_SECONDS, Clock, Units
from rateguard.domain.usecases.notify import DeliverNotifications
from rateguard.entrypoints.daemon.notifications import Dispatchers
from tests.unit.domain.delivering import Reaction, crossing, put, taken
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON, HandClock


SECONDS = 10.0
"""
No test waits so long unless it fails; less than a dispatcher rests, so that
what it does within it is not found by chance.
"""

SHORT = 0.05
"""Seconds that an attempt may take, for receivers that hang."""


@attrs.define
class Receiver:
    """
    A ``Notifier`` that says what arrives, in whatever thread.

    Attributes:
        reactions: What to do by the sender; whoever is not named is taken.
    """

    reactions: dict[str, Reaction | Exception] = attrs.Factory(dict)
    name: str = "hook"
    arrivals: queue.SimpleQueue[Alert] = attrs.Factory(queue.SimpleQueue)

    def deliver(self, alert: Alert) -> None:
        """Say that it is here, then react."""
        self.arrivals.put(alert)
        reaction = self.reactions.get(alert.event.submission.sender, taken)
        if isinstance(reaction, Exception):
            raise reaction
        reaction(alert)

    def arrival(self) -> str:
        """Return the sender of the next alert, when it is here."""
        return self.arrivals.get(timeout=SECONDS).event.submission.sender


class Hanging:
    """A reaction that lasts until the test ends it."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __call__(self, _alert: Alert) -> None:
        """Hang."""
        assert self._over.wait(SECONDS)

    def end(self) -> None:
        """Have it."""
        self._over.set()


@attrs.define
class NotedUnits(WatchedUnits):
    """
    Tells the test what is asked of the store, in whatever thread.

    Attributes:
        faults: What the next claims raise.
    """

    faults: list[Exception] = attrs.Factory(list)
    noted: queue.SimpleQueue[str] = attrs.Factory(queue.SimpleQueue)

    def note(self, call: str) -> None:
        """Tell of a call, or fail at it."""
        claims = call == "outbox.claim"
        fault = self.faults.pop(0) if claims and self.faults else None
        self.noted.put(call)
        if fault is not None:
            raise fault

    def until(self, call: str, count: int = 1) -> None:
        """Return when it was asked so often since the last time."""
        while count:
            count -= self.noted.get(timeout=SECONDS) == call

    def until_at_rest(self, count: int = 1) -> None:
        """Return when so many dispatchers have found nothing to do."""
        self.until("outbox.next_due", count)


def put_first(store: MemoryStore, *senders: str, at: dt.datetime = NOON) -> None:
    """Have these senders cross."""
    put(store, *(crossing(sender, at=at) for sender in senders))


def until(condition: Callable[[], object]) -> None:
    """Return when that holds; look again and again."""
    give_up = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < give_up


@contextmanager
def dispatching(
    store: Units,
    *receivers: Receiver,
    clock: Clock | None = None,
    hanging: Hanging | None = None,
    seconds: float = ATTEMPT_SECONDS,
) -> Iterator[Dispatchers]:
    """
    Yield dispatchers that were started; afterwards *hanging* ends, and so do
    they.
    """
    clock = clock or HandClock()
    dispatchers = Dispatchers(
        [
            DeliverNotifications(store, clock, receiver, random.random)
            for receiver in receivers
        ],
        seconds,
    )
    dispatchers.start()
    try:
        yield dispatchers
    finally:
        if hanging is not None:
            hanging.end()
        dispatchers.stop()
        assert dispatchers.join(SECONDS)
