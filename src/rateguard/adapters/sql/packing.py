"""
An event as the text that the outbox keeps.
"""

from __future__ import annotations

import datetime as dt
import json

from typing import Any

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS, Event
from rateguard.domain.quota import QuotaPolicy, Raise
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
            "at": event.at,
        },
        default=_time,
    )


def _time(value: dt.datetime) -> str:
    return value.isoformat()


def unpacked(kind: str, payload: str) -> Event:
    """
    Return the event that was packed.
    """
    fields = json.loads(payload)
    counter = fields["counter"]
    counter["policy"] = _policy(**counter["policy"])
    return EVENTS[kind](
        Submission(**fields["submission"]),
        SenderCounter(**counter),
        dt.datetime.fromisoformat(fields["at"]),
    )


def _policy(raised: dict[str, Any] | None = None, **fields: Any) -> QuotaPolicy:  # noqa: ANN401
    # Events that an older version packed know of no raise.
    if raised is None:
        return QuotaPolicy(**fields)
    until = raised["until"]
    end = dt.datetime.fromisoformat(until) if until else None
    return QuotaPolicy(**fields, raised=Raise(raised["quota"], end))
