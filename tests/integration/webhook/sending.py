"""Alerts, and those who deliver them."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.notify.webhook.notifier import (
    Webhook,
    WebhookNotifier,
)
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert, QuotaReached
from rateguard.domain.ports import Clock
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


SECRET = "Wk9YZXliVlVtY2pQcFlFUm9KY1U1ZkFFaUpWTk1FU20="
SENDER = "test@example.com"
TOKEN = "34caa5c52fce98bc56fa3bfd8274a92328f09a6e0b27da2b5d89c1b5c5ed05c5"
"""The simple token of that secret and that sender."""

AT = dt.datetime(2023, 9, 7, 12, 34, 56, tzinfo=dt.UTC)
SHORT = 0.4
"""Seconds for each step, for receivers that never answer."""


def alert(sender: str = SENDER, event_id: str = "event-1") -> Alert:
    """Return an alert of a crossing."""
    submission = Submission(
        sender,
        10,
        queue_id="4Rh7Yx0",
        client_name="mail.example.net",
        client_address="192.0.2.1",
        from_address="from@example.com",
        to_address="to@example.org",
    )
    counter = SenderCounter(sender, QuotaPolicy(1000, 500), 7, 1001)
    return Alert(event_id, QuotaReached(submission, counter, AT), 1)


def notifier(
    url: str,
    *,
    seconds: float = 10.0,
    use_jwt: bool = False,
    secret: str = SECRET,
    clock: Clock | None = None,
) -> WebhookNotifier:
    """Return one that posts to *url*."""
    webhook = Webhook(url=url, secret=secret, use_jwt=use_jwt, version="1.2.3")
    timeouts = (seconds, seconds)
    return WebhookNotifier(webhook, clock or SystemClock(), timeouts)


def failure(url: str, *, seconds: float = 10.0) -> str:
    """Return why an alert does not get to *url*."""
    with pytest.raises(DeliveryFailed) as caught:
        notifier(url, seconds=seconds).deliver(alert())
    return str(caught.value)
