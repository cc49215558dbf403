"""
Alerts on their way: threads beside the lanes, and never in their way, hand what
is due in the outbox to the notifiers.

A receiver that hangs is not waited for. An attempt that takes longer than
:data:`ATTEMPT_SECONDS` has failed; its thread is left behind, since nothing can
interrupt it, and the next attempt has another.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait

import attrs

from rateguard.domain.errors import DeliveryFailed, StoreConflict, StoreError
from rateguard.domain.events import Alert
from rateguard.domain.ports import ATTEMPT_SECONDS, Notifier
from rateguard.domain.usecases.notify import Attempt, DeliverNotifications
from rateguard.entrypoints.log.throttle import Throttle


MOST_LEFT_BEHIND = 8
"""
Attempts of the whole daemon that may hang. Each notifier has an equal share, so
that one that hangs stops no other.
"""

POLL_SECONDS = 15.0
"""How soon is seen what another daemon left when it died."""

_CONFLICT_SECONDS = 0.2
_OUTAGE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Punctual:
    """
    A notifier that comes back in time, whatever the one within does. For one
    thread at a time.
    """

    def __init__(self, notifier: Notifier, seconds: float = ATTEMPT_SECONDS) -> None:
        self.name = notifier.name
        self.notifier = notifier
        self._seconds = seconds
        self._threads: list[threading.Thread] = []

    def left_behind(self) -> int:
        """Return how many attempts still hang."""
        self._threads = [each for each in self._threads if each.is_alive()]
        return len(self._threads)

    def deliver(self, alert: Alert) -> None:
        """
        Hand an alert over in a thread of its own, which may be left behind:
        what becomes of it then changes nothing.

        Raises:
            DeliveryFailed: also if it takes too long.
        """
        outcome: Future[None] = Future()

        def attempt() -> None:
            try:
                self.notifier.deliver(alert)
            except Exception as error:  # noqa: BLE001 - raised in the other thread
                outcome.set_exception(error)
            else:
                outcome.set_result(None)

        # A daemon thread: one that hangs must not keep the process from ending.
        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        if not wait([outcome], self._seconds).done:
            self._threads.append(thread)
            raise DeliveryFailed(f"no result within {self._seconds:g} s")
        outcome.result()


class Dispatcher:
    """
    Delivers for one notifier, one alert after the other.

    Attributes:
        outcomes: How many attempts came to what: ``delivered``, ``failed`` for
            now, ``given_up``.
    """

    def __init__(
        self, deliver: DeliverNotifications, seconds: float, most_left_behind: int
    ) -> None:
        self.outcomes = dict.fromkeys(("delivered", "failed", "given_up"), 0)
        self.notifier = Punctual(deliver.notifier, seconds)
        self.stopping = False
        self.wake = threading.Event()
        # A daemon thread: an attempt under way must not keep us from ending.
        self.thread = threading.Thread(target=self._work, daemon=True)
        self._deliver = attrs.evolve(deliver, notifier=self.notifier)
        self._most = most_left_behind
        self._full = False
        self._failing = False
        self._bugs = Throttle()

    def _work(self) -> None:
        while True:
            self.wake.clear()
            if self.stopping:
                return
            self.wake.wait(self._step())

    def _step(self) -> float:
        """Deliver one, and return how many seconds to rest."""
        full, self._full = self._full, self.notifier.left_behind() >= self._most
        if self._full:
            if not full:
                text = "%d deliveries to %s hang: no other begins until one ends"
                _log.error(text, self._most, self.notifier.name)
            return POLL_SECONDS
        try:
            attempt = self._deliver()
            if attempt is None:
                return self._rest()
        except StoreConflict:
            return _CONFLICT_SECONDS
        except StoreError:
            # The lanes log it.
            return _OUTAGE_SECONDS
        except Exception as error:  # noqa: BLE001 - a bug must not end the thread
            if self._bugs.admit(repr(type(error)), time.monotonic()) is not None:
                _log.exception("cannot deliver to %s", self.notifier.name)
            return _OUTAGE_SECONDS
        self._tell(attempt)
        return 0.0

    def _rest(self) -> float:
        due_at = self._deliver.next_due()
        if due_at is None:
            return POLL_SECONDS
        left = (due_at - self._deliver.clock.now()) / dt.timedelta(seconds=1)
        return min(max(left, 0.0), POLL_SECONDS)

    def _tell(self, attempt: Attempt) -> None:
        what = f"{attempt.delivery.event.kind} {attempt.delivery.event_id}"
        where, count = self.notifier.name, attempt.delivery.attempts
        if attempt.error is None:
            self.outcomes["delivered"] += 1
            self._failing = False
            _log.info("%s delivered to %s", what, where)
        elif attempt.retry_at is None:
            self.outcomes["given_up"] += 1
            text = "%s not delivered to %s, given up after %d attempts: %s"
            _log.error(text, what, where, count, attempt.error)
        else:
            self.outcomes["failed"] += 1
            # The first of an outage is logged, not each of a thousand that wait.
            level = logging.DEBUG if self._failing else logging.WARNING
            self._failing = True
            text = "%s not delivered to %s, attempt %d: %s; the next is due at %s"
            due_at = attempt.retry_at.isoformat(timespec="seconds")
            told = isinstance(attempt.error, DeliveryFailed)
            bug = None if told else attempt.error
            _log.log(
                level, text, what, where, count, attempt.error, due_at, exc_info=bug
            )


class Dispatchers:
    """One for each notifier."""

    def __init__(
        self,
        deliveries: Sequence[DeliverNotifications],
        seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        share = max(1, MOST_LEFT_BEHIND // max(1, len(deliveries)))
        self._each = [Dispatcher(each, seconds, share) for each in deliveries]

    def start(self) -> None:
        for each in self._each:
            each.thread.start()

    def wake(self) -> None:
        """Look at once. From any thread."""
        for each in self._each:
            each.wake.set()

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """Return those of each, by the notifier's name. From any thread."""
        return {each.notifier.name: each.outcomes.copy() for each in self._each}

    def stop(self) -> None:
        """Begin nothing more; what is under way comes to its end."""
        for each in self._each:
            each.stopping = True
        self.wake()

    def join(self, timeout: float) -> bool:
        """
        Wait for the end, and not for what was left behind; whether it came
        within *timeout* seconds.
        """
        give_up = time.monotonic() + timeout
        for each in self._each:
            each.thread.join(max(0.0, give_up - time.monotonic()))
        return not any(each.thread.is_alive() for each in self._each)
