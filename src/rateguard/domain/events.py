"""Facts worth telling somebody."""

from __future__ import annotations

import datetime as dt

from typing import ClassVar, TypeAlias

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.submission import Submission


@attrs.frozen
class _Fact:
    """
    Attributes:
        kind: What the event is called outside.
        submission: The one that made it happen; made up in a test.
        counter: The counter with this submission charged.
        at: When it was judged, aware UTC.
    """

    kind: ClassVar[str]

    submission: Submission
    counter: SenderCounter
    at: dt.datetime


class QuotaReached(_Fact):
    """
    A submission was the one that took its sender over the quota; it was itself
    blocked.

    Of all submissions of a sender in a period exactly one has this event,
    whatever runs beside it.
    """

    kind = "quota_reached"


class QuotaWarning(_Fact):
    """
    A submission was the one with which its sender had used the share of the
    quota at which somebody wants to be warned. It was itself accepted; one
    that crosses the quota at the same time is a :class:`QuotaReached` only.
    """

    kind = "quota_warning"


class NotificationTest(_Fact):
    """Nothing happened: somebody wants to see that alerts arrive."""

    kind = "test"


Event: TypeAlias = QuotaReached | QuotaWarning | NotificationTest
"""Everything that somebody may be told."""

EVENTS: dict[str, type[Event]] = {
    event.kind: event for event in (QuotaReached, QuotaWarning, NotificationTest)
}
"""By :attr:`kind`."""


@attrs.frozen
class SentMessage:
    """
    One message of the sender, as the message log has it.

    Attributes:
        at: When it was judged, aware UTC.
    """

    queue_id: str
    client_address: str
    client_name: str
    recipients: int
    blocked: bool
    at: dt.datetime


@attrs.frozen
class Alert:
    """
    An event on its way to one notifier.

    Attributes:
        event_id:
            The same for every notifier and every attempt, different for every
            other event: by it a receiver knows a repeat.
        attempt: The how manieth it is, from 1.
        recent: The sender's last messages, newest first.
        counted_since: When the running period began, aware UTC; None if no
            counter was ever reset.
    """

    event_id: str
    event: Event
    attempt: int
    recent: tuple[SentMessage, ...] = ()
    counted_since: dt.datetime | None = None


@attrs.frozen
class Delivery:
    """
    What the outbox knows of one event for one notifier.

    Attributes:
        attempts: How many were begun.
        since: When the event happened, or somebody last asked to retry; what
            is tried for too long since then is given up. Aware UTC.
        due_at: No attempt is made before, aware UTC.
        delivered_at: When the notifier had it, aware UTC; None if not yet.
        given_up_at: When it was given up, aware UTC; None if it was not.
        error: Why the last attempt failed; ``""`` if none did.
    """

    id: int
    event_id: str
    notifier: str
    event: Event
    attempts: int
    since: dt.datetime
    due_at: dt.datetime
    delivered_at: dt.datetime | None = None
    given_up_at: dt.datetime | None = None
    error: str = ""

    @property
    def waiting(self) -> bool:
        return self.delivered_at is None and self.given_up_at is None
