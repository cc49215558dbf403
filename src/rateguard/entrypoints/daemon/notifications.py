"""The threads that see to it that everybody is told."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import attrs

from rateguard.domain.errors import DeliveryFailed, StoreConflict, StoreError
from rateguard.domain.usecases.notify import Attempt, DeliverNotifications
from rateguard.entrypoints.log.throttle import Throttle


WORKERS = 2
"""Threads for each notifier: an event whose receiver hangs stops no other."""

POLL_SECONDS = 15.0
"""How soon is seen what another daemon left behind when it died."""

_CONFLICT_SECONDS = 0.2
_OUTAGE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Dispatcher:
    """
    Delivers for one notifier, beside the lanes and never in their way.

    Attributes:
        name: That of the notifier.

        outcomes: How many attempts came to what: ``delivered``, ``failed`` for
            now, ``given_up``.
    """

    def __init__(self, deliver: DeliverNotifications) -> None:
        self.outcomes = dict.fromkeys(("delivered", "failed", "given_up"), 0)
        self._deliver = deliver
        self.name = deliver.notifier.name
        self._stopping = threading.Event()
        self._wakes = [threading.Event() for _ in range(WORKERS)]
        # Daemon threads: a receiver that hangs must not keep us from ending.
        self._threads = [
            threading.Thread(
                target=self._work,
                args=(wake,),
                name=f"{self.name}-{number}",
                daemon=True,
            )
            for number, wake in enumerate(self._wakes)
        ]
        # The workers share what was told already.
        self._telling = threading.Lock()
        self._failing = False
        self._bugs = Throttle()

    def start(self) -> None:
        """Begin to deliver, with what waits already."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look at once. From any thread."""
        for wake in self._wakes:
            wake.set()

    def stop(self) -> None:
        """Begin nothing more; what is under way comes to its end."""
        self._stopping.set()
        self.wake()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came within *timeout* seconds."""
        give_up = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, wake: threading.Event) -> None:
        while not self._stopping.is_set():
            wake.clear()
            wake.wait(self._step())

    def _step(self) -> float:
        """Deliver a little, and return how many seconds to rest."""
        try:
            attempts = self._deliver(self._stopping.is_set)
            with self._telling:
                self._tell(attempts)
            return 0.0 if attempts else self._rest()
        except StoreConflict:
            return _CONFLICT_SECONDS
        except StoreError:
            # The lanes tell about it.
            return _OUTAGE_SECONDS
        except Exception as error:  # noqa: BLE001 - a bug must not end the thread
            with self._telling:
                told = self._bugs.admit(repr(type(error)), time.monotonic())
            if told is not None:
                _log.exception("cannot deliver to %s", self.name)
            return _OUTAGE_SECONDS

    def _rest(self) -> float:
        due_at = self._deliver.next_due()
        if due_at is None:
            return POLL_SECONDS
        left = (due_at - self._deliver.clock.now()) / dt.timedelta(seconds=1)
        return min(max(left, 0.0), POLL_SECONDS)

    def _tell(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            what = f"{attempt.delivery.event.kind} {attempt.delivery.event_id}"
            if attempt.error is None:
                self.outcomes["delivered"] += 1
                self._failing = False
                _log.info("%s delivered to %s", what, self.name)
            elif attempt.retry_at is None:
                self.outcomes["given_up"] += 1
                _log.error(
                    "%s given up after %d attempts to deliver it to %s: %s",
                    what,
                    attempt.delivery.attempts,
                    self.name,
                    attempt.error,
                )
            else:
                self.outcomes["failed"] += 1
                self._tell_failure(what, attempt, attempt.error)

    def _tell_failure(self, what: str, attempt: Attempt, error: Exception) -> None:
        # The first of an outage is told, not each of a thousand that wait.
        level = logging.DEBUG if self._failing else logging.WARNING
        self._failing = True
        _log.log(
            level,
            "%s not delivered to %s, attempt %d: %s; tried again at %s",
            what,
            self.name,
            attempt.delivery.attempts,
            error,
            attempt.retry_at.isoformat(timespec="seconds") if attempt.retry_at else "",
            exc_info=None if isinstance(error, DeliveryFailed) else error,
        )


class Ending(Protocol):
    """What was told to end."""

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came within *timeout* seconds."""


_E = TypeVar("_E", bound=Ending)


def hanging(each: Iterable[_E], timeout: float) -> list[_E]:
    """
    Wait for the end of all, *timeout* seconds for all of them together; return
    those to whom it did not come.
    """
    give_up = time.monotonic() + timeout
    return [one for one in each if not one.join(max(0.0, give_up - time.monotonic()))]


@attrs.frozen
class Dispatchers:
    """One for each notifier."""

    each: Sequence[Dispatcher]

    def start(self) -> None:
        """Begin to deliver."""
        for dispatcher in self.each:
            dispatcher.start()

    def wake(self) -> None:
        """Look at once. From any thread."""
        for dispatcher in self.each:
            dispatcher.wake()

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """
        Return how many attempts came to what, by the notifier. From any
        thread.
        """
        return {each.name: each.outcomes.copy() for each in self.each}

    def stop(self) -> None:
        """Begin nothing more."""
        for dispatcher in self.each:
            dispatcher.stop()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came within *timeout* seconds."""
        return not hanging(self.each, timeout)
