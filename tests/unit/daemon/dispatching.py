"""A dispatcher at work over a store in memory, and what the notifier was told."""

from __future__ import annotations

import datetime as dt
import queue
import random
import threading

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from rateguard.domain.events import Alert
from rateguard.domain.ports import Clock, Units
from rateguard.domain.usecases.notify import DeliverNotifications
from rateguard.entrypoints.daemon.notifications import WORKERS, Dispatcher
from tests.unit.domain.delivering import Reaction, taken
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON, HandClock


SECONDS = 10.0
"""
No test waits so long unless it fails; less than a dispatcher rests, so that
what it does within it is not found by chance.
"""

_RESTING = 2


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

    def arrived(self, count: int) -> list[str]:
        """Return the senders of the next alerts, in the order of the alphabet."""
        return sorted(self.arrival() for _ in range(count))


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

    def until_at_rest(self) -> None:
        """Return when each worker has found nothing to do."""
        self.until("outbox.next_due", WORKERS)


class GatedClock:
    """
    Noon; each worker that has looked and reckons how long to rest is held
    there until the test lets all go.
    """

    def __init__(self) -> None:
        self._asked: Counter[int] = Counter()
        self._looked: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._gate = threading.Event()

    def now(self) -> dt.datetime:
        """Asked first for claiming, then for resting."""
        worker = threading.get_ident()
        self._asked[worker] += 1
        if self._asked[worker] == _RESTING:
            self._looked.put(worker)
            assert self._gate.wait(SECONDS)
        return NOON

    def until_all_have_looked(self) -> None:
        """Return when each worker is held."""
        for _ in range(WORKERS):
            self._looked.get(timeout=SECONDS)

    def open(self) -> None:
        """Let all go."""
        self._gate.set()


@contextmanager
def dispatching(
    store: Units,
    receiver: Receiver,
    *,
    clock: Clock | None = None,
    hanging: Hanging | None = None,
) -> Iterator[Dispatcher]:
    """Yield a dispatcher that was started; afterwards it has to end."""
    deliver = DeliverNotifications(store, clock or HandClock(), receiver, random.random)
    dispatcher = Dispatcher(deliver)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        if hanging is not None:
            hanging.end()
        dispatcher.stop()
        assert dispatcher.join(SECONDS)
