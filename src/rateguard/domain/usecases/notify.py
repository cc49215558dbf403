"""Hand what waits in the outbox to one notifier."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable

import attrs

from rateguard.domain.errors import DeliveryFailed, StoreConflict
from rateguard.domain.events import Alert, Delivery
from rateguard.domain.ports import ATTEMPT_SECONDS, Clock, Notifier, Outbox, Units


_ATTEMPT = dt.timedelta(seconds=ATTEMPT_SECONDS)

LEASE = 2 * _ATTEMPT
"""
Long enough to read what the alert tells and to attempt it, so that nobody else
begins before; and no longer, since after a crash that is how long it waits.
"""

FIRST_PAUSE = dt.timedelta(seconds=5)
LONGEST_PAUSE = dt.timedelta(hours=1)

GIVE_UP_AFTER = dt.timedelta(days=3)

RECENT_MESSAGES = 20
"""How many of the sender's messages an alert has."""

_MOST_DOUBLINGS = 20
_RECORD_ATTEMPTS = 4


@attrs.frozen
class Attempt:
    """
    What became of one attempt.

    Attributes:
        error: Why it failed; None if it did not.
        retry_at: When the next one is due, aware UTC; None if there is none.
    """

    delivery: Delivery
    error: Exception | None = None
    retry_at: dt.datetime | None = None


@attrs.frozen
class DeliverNotifications:
    """
    At least once: what was handed over is recorded after it, so that a crash
    between the two repeats it. Several of these, on whatever host, share the
    work, and no two have the same event at the same time.

    Attributes:
        notifier: Comes back within :data:`ATTEMPT_SECONDS`.
        jitter: Returns a number from 0 to 1, so that several that failed at
            once are not retried at once.
    """

    units: Units
    clock: Clock
    notifier: Notifier
    jitter: Callable[[], float]

    def __call__(self) -> Attempt | None:
        """
        Attempt one delivery that is due, and return what became of it; None if
        there was none, or others took it.

        Raises:
            StoreError: it is due again once its lease is over.
        """
        with self.units() as unit:
            claimed = unit.outbox.claim(
                self.notifier.name, now=self.clock.now(), lease=LEASE, limit=1
            )
            unit.commit()
        for delivery in claimed:
            alert = self._alert(delivery)
            # Or the database was so slow that the lease may end before the
            # attempt does, and somebody else begin: it is left to them.
            if self.clock.now() + _ATTEMPT <= delivery.due_at:
                return self._attempt(delivery, alert)
        return None

    def next_due(self) -> dt.datetime | None:
        """Return when something is due, aware UTC; None if nothing waits."""
        with self.units() as unit:
            return unit.outbox.next_due(self.notifier.name)

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

    def _attempt(self, delivery: Delivery, alert: Alert) -> Attempt:
        try:
            self.notifier.deliver(alert)
        except Exception as error:  # noqa: BLE001 - or a bug in a notifier
            return self._failed(delivery, error)
        now = self.clock.now()
        self._record(lambda outbox: outbox.delivered(delivery, at=now))
        return Attempt(delivery)

    def _failed(self, delivery: Delivery, error: Exception) -> Attempt:
        now = self.clock.now()
        # Twice as long each time, half of it left to chance.
        doublings = min(delivery.attempts - 1, _MOST_DOUBLINGS)
        pause = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
        retry_at: dt.datetime | None = now + pause * (1 + self.jitter()) / 2
        if now - delivery.since >= GIVE_UP_AFTER:
            retry_at = None
        why = _words(error)
        self._record(
            lambda outbox: outbox.failed(delivery, at=now, error=why, retry_at=retry_at)
        )
        return Attempt(delivery, error, retry_at)

    def _record(self, note: Callable[[Outbox], None]) -> None:
        """Try hard: what is delivered and not recorded is delivered again."""
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


def _words(error: Exception) -> str:
    """
    Return what can be kept of an error: never nothing, nor half characters,
    which no store takes.
    """
    said = str(error) if isinstance(error, DeliveryFailed) else ""
    return (said or repr(error)).encode(errors="backslashreplace").decode()
