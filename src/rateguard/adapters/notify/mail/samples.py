"""
Notices that never were, for trying templates out.
"""

from __future__ import annotations

import datetime as dt

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS
from rateguard.domain.notice import Notice, SentMessage
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


_AT = dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.UTC)
_FULL = Submission(
    "anna@example.com",
    queue_id="4cK2x71",
    login="anna@example.com",
    auth_method="PLAIN",
    client_name="host.example.net",
    client_address="192.0.2.7",
    helo="laptop",
    from_address="anna@example.com",
    to_address="ben@example.org",
)
_BARE = Submission("anna@example.com")
_COUNTER = SenderCounter(_FULL.sender, QuotaPolicy.of(100), 51, 101, 51, 101)
_RECENT = (
    SentMessage("4cK2x71", "192.0.2.7", "host.example.net", 1, blocked=True, at=_AT),
)

SAMPLES = tuple(
    notice
    for event in EVENTS.values()
    for notice in (
        Notice("sample", event(_FULL, _COUNTER, _AT), 1, _RECENT, _AT),
        Notice("sample", event(_BARE, _COUNTER, _AT)),
    )
)
"""Of every kind of event one with all that can be known, and one with as little
as there may be: so both ways of an ``{% if %}`` are gone."""
