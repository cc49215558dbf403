"""
Facts worth telling somebody.
"""

from __future__ import annotations

import datetime as dt

from typing import ClassVar, TypeAlias

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.submission import Submission


@attrs.frozen
class QuotaReached:
    """
    A submission was the one that took its sender over the quota.

    Of all submissions of a sender in a period exactly one has this event,
    whatever runs beside it.

    Attributes:
        kind: What the event is called outside.

        submission: The one that crossed; it was itself blocked.

        counter: The counter with this submission charged.

        at: When it was judged, aware UTC.
    """

    kind: ClassVar[str] = "quota_reached"

    submission: Submission
    counter: SenderCounter
    at: dt.datetime


@attrs.frozen
class QuotaWarning:
    """
    A submission was the one with which its sender had used the share of the
    quota at which somebody wants to be warned. It was itself accepted; one
    that crosses the quota at the same time is a :class:`QuotaReached` only.

    Attributes are those of :class:`QuotaReached`.
    """

    kind: ClassVar[str] = "quota_warning"

    submission: Submission
    counter: SenderCounter
    at: dt.datetime


@attrs.frozen
class NotificationTest:
    """
    Nothing happened: somebody wants to see that notices arrive.

    Attributes are those of :class:`QuotaReached`, made up.
    """

    kind: ClassVar[str] = "test"

    submission: Submission
    counter: SenderCounter
    at: dt.datetime


Event: TypeAlias = QuotaReached | QuotaWarning | NotificationTest
"""Everything that somebody may be told."""

EVENTS: dict[str, type[Event]] = {
    event.kind: event for event in (QuotaReached, QuotaWarning, NotificationTest)
}
"""By :attr:`kind`."""
