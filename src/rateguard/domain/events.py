"""
Facts worth telling somebody.
"""

from __future__ import annotations

import datetime as dt

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
        submission: The one that crossed; it was itself blocked.

        counter: The counter with this submission charged.

        at: When it was judged, aware UTC.
    """

    submission: Submission
    counter: SenderCounter
    at: dt.datetime
