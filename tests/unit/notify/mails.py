"""Alerts about anybody, for the tests of mail."""

from __future__ import annotations

import datetime as dt

from typing import Any

from hypothesis import strategies as st

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS, Alert, Event, QuotaReached, SentMessage
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.unit.doubles import NOON


texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["a\r\nBcc: eve@example.com", "\r\n.\r\n", "{{ sender }}", "x" * 1200, "ü" * 300]
)


def sent(
    queue_id: str, address: str, name: str = "", *, at: dt.datetime = NOON
) -> SentMessage:
    """Return a message of the log."""
    return SentMessage(queue_id, address, name, 1, blocked=False, at=at)


def alert(
    kind: type[Event] = QuotaReached,
    *,
    counter: SenderCounter | None = None,
    recent: tuple[SentMessage, ...] = (),
    counted_since: dt.datetime | None = None,
    event_id: str = "3f6d1c1e",
    **submission: Any,
) -> Alert:
    """Return an alert; *submission* has what differs from anna's."""
    sender = submission.pop("sender", "anna@example.com")
    counter = counter or SenderCounter(sender, QuotaPolicy(100, 80), 51, 101)
    event = kind(Submission(sender, **submission), counter, NOON)
    return Alert(event_id, event, 1, recent, counted_since)


strangers = st.builds(
    alert,
    st.sampled_from(list(EVENTS.values())),
    recent=st.lists(st.builds(sent, texts, texts, texts), max_size=2).map(tuple),
    sender=texts,
    queue_id=texts,
    client_name=texts,
    client_address=texts,
    helo=texts,
    from_address=texts,
    to_address=texts,
)
"""Alerts in which all that strangers send is anything at all."""
