"""
An event as the text that the outbox keeps.
"""

from __future__ import annotations

import datetime as dt
import json

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS, Event
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


LONGEST_TEXT = 1000
"""Characters kept of what strangers choose: more says no more."""


def packed(event: Event) -> str:
    """
    Return an event as JSON.
    """
    submission = {
        name: text[:LONGEST_TEXT] if isinstance(text, str) else text
        for name, text in attrs.asdict(event.submission).items()
    }
    return json.dumps(
        {
            "submission": submission,
            "counter": attrs.asdict(event.counter),
            "at": event.at.isoformat(),
        }
    )


def unpacked(kind: str, payload: str) -> Event:
    """
    Return the event that was packed.
    """
    fields = json.loads(payload)
    counter = fields["counter"]
    counter["policy"] = QuotaPolicy(**counter["policy"])
    return EVENTS[kind](
        Submission(**fields["submission"]),
        SenderCounter(**counter),
        dt.datetime.fromisoformat(fields["at"]),
    )
