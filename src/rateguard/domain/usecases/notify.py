"""Hand what is in the outbox to one notifier."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable

import attrs

from rateguard.domain.errors import DeliveryFailed, StoreConflict
from rateguard.domain.events import Alert, Delivery
from rateguard.domain.ports import ATTEMPT_SECONDS, Clock, Notifier, Outbox, Units


BATCH = 4
"""Claimed at once."""

_ATTEMPT = dt.timedelta(seconds=ATTEMPT_SECONDS)

LEASE = _ATTEMPT * (BATCH + 1)
"""
Long enough for all of a batch to take as long as they may, so that nobody
else begins on one of them before; and no longer, since after a crash that is
how long they wait.
"""

FIRST_PAUSE = dt.timedelta(seconds=5)
LONGEST_PAUSE = dt.timedelta(hours=1)

GIVE_UP_AFTER = dt.timedelta(days=3)

RECENT_MESSAGES = 20
"""How many of the sender's messages an alert shows."""

_MOST_DOUBLINGS = 20
_RECORD_ATTEMPTS = 4


@attrs.frozen
class Attempt:
    """
    What became of one attempt.

    Attributes:
        error: Why it failed; None if it did not.

        retry_at: When it is tried again, aware UTC; None if it is not.
    """

    delivery: Delivery
    error: Exception | None = None
    retry_at: dt.datetime | None = None


@attrs.frozen
class DeliverNotifications:
    """
    At least once: what was handed over is recorded after it, so that a crash
    between the two repeats it. Several of these, in whatever process or host,
    share the work, and no two have the same event at the same time.

    Attributes:
        jitter: Returns a number from 0 to 1, so that several that failed at
            once do not try again at once.
    """

    units: Units
    clock: Clock
    notifier: Notifier
    jitter: Callable[[], float]

    def __call__(self, stopping: Callable[[], bool]) -> list[Attempt]:
        """
        Attempt the deliveries that are due, a few at most, and return what
        became of them; none means that none was due, or others took it. Once
        *stopping* says so no further attempt is begun.

        Raises:
            StoreError: the rest is due again once its lease is over.
        """
        with self.units() as unit:
            claimed = unit.outbox.claim(
                self.notifier.name, now=self.clock.now(), lease=LEASE, limit=BATCH
            )
            unit.commit()
        attempts = []
        while claimed and not stopping() and self._in_time(claimed[0]):
            attempts.append(self._attempt(claimed.pop(0)))
        if claimed:
            now = self.clock.now()
            self._record(lambda outbox: outbox.release(claimed, now=now))
        return attempts

    def next_due(self) -> dt.datetime | None:
        """Return when something is due, aware UTC; None if nothing waits."""
        with self.units() as unit:
            return unit.outbox.next_due(self.notifier.name)

    def _in_time(self, delivery: Delivery) -> bool:
        """
        Whether an attempt is over before the lease is, however long it takes:
        the ones before may have waited for the store.
        """
        return self.clock.now() + _ATTEMPT <= delivery.due_at

    def _attempt(self, delivery: Delivery) -> Attempt:
        alert = self._alert(delivery)
        try:
            self.notifier.deliver(alert)
        except Exception as error:  # noqa: BLE001 - or a bug in a notifier
            return self._failed(delivery, error)
        now = self.clock.now()
        self._record(lambda outbox: outbox.delivered(delivery, at=now))
        return Attempt(delivery)

    def _record(self, note: Callable[[Outbox], None]) -> None:
        """Patiently: what is delivered and not recorded is delivered again."""
        for attempt in range(1, _RECORD_ATTEMPTS + 1):
            try:
                with self.units() as unit:
                    note(unit.outbox)
                    unit.commit()
            except StoreConflict:
                if attempt == _RECORD_ATTEMPTS:
                    raise
            else:
                return

    def _alert(self, delivery: Delivery) -> Alert:
        with self.units() as unit:
            latest = unit.resets.latest()
            recent = unit.messages.recent(
                delivery.event.submission.sender, limit=RECENT_MESSAGES
            )
        return Alert(
            delivery.event_id,
            delivery.event,
            delivery.attempts,
            tuple(recent),
            latest.started_at if latest else None,
        )

    def _failed(self, delivery: Delivery, error: Exception) -> Attempt:
        now = self.clock.now()
        retry_at: dt.datetime | None = now + self._pause(delivery.attempts)
        if now - delivery.since >= GIVE_UP_AFTER:
            retry_at = None
        why = _words(error)
        self._record(
            lambda outbox: outbox.failed(delivery, at=now, error=why, retry_at=retry_at)
        )
        return Attempt(delivery, error, retry_at)

    def _pause(self, attempts: int) -> dt.timedelta:
        """Twice as long each time, half of it left to chance."""
        doublings = min(attempts - 1, _MOST_DOUBLINGS)
        pause = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
        return pause * (1 + self.jitter()) / 2


def _words(error: Exception) -> str:
    """
    Return what can be kept of an error: never nothing, nor half characters,
    which no store takes.
    """
    told = str(error) if isinstance(error, DeliveryFailed) else ""
    return (told or repr(error)).encode(errors="backslashreplace").decode()
