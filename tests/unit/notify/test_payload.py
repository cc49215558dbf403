"""The document of an event."""

from __future__ import annotations

import json
import re

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.notify.webhook.document import KEYS, payload
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS, QuotaReached
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.unit.doubles import NOON


SUBMISSION = Submission(
    "anna@example.com",
    3,
    transaction="4e1.5",
    queue_id="4Rh7Yx0",
    login="Anna@example.com",
    auth_method="PLAIN",
    client_name="mail.example.net",
    client_address="192.0.2.1",
    helo="laptop",
    from_address="from@example.com",
    to_address="to@example.org",
)
COUNTER = SenderCounter("anna@example.com", QuotaPolicy(100, 50), 7, 102, 700, 10200)


class TestPayload:
    def test_is_policyd_rate_guards(self) -> None:
        """
        Its keys and its kinds of values; and which event it is, which nobody
        who reads by key stumbles over.
        """
        document = payload(QuotaReached(SUBMISSION, COUNTER, NOON))

        assert document == {
            "event": "quota_reached",
            "msgid": "4Rh7Yx0",
            "sender": "anna@example.com",
            "client_address": "192.0.2.1",
            "client_name": "mail.example.net",
            "rcpt_count": 3,
            "from_addr": "from@example.com",
            "to_addr": "to@example.org",
            "timestamp": NOON.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            "quota": 100,
            "quota_reset": 50,
            "used": 102,
        }

    @pytest.mark.parametrize("kind", EVENTS)
    def test_tells_events_apart(self, kind: str) -> None:
        """By their name."""
        event = EVENTS[kind](SUBMISSION, COUNTER, NOON)

        assert kind == payload(event)["event"]

    def test_has_a_time_without_fractions_or_zone(self) -> None:
        """The local time, as it was written for policyd-rate-guard."""
        at = NOON.replace(microsecond=999999)

        written = payload(QuotaReached(SUBMISSION, COUNTER, at))["timestamp"]

        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", written)
        assert written == f"{at.astimezone():%Y-%m-%d %H:%M:%S}"

    @given(st.text(st.characters(codec="utf-8")))
    def test_survives_being_written_and_read(self, text: str) -> None:
        """Whatever strangers put into a message."""
        submission = Submission(text, queue_id=text, to_address=text)
        document = payload(QuotaReached(submission, COUNTER, NOON))

        assert document == json.loads(json.dumps(document))
        assert list(KEYS) == list(document)
