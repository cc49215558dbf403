"""A mail notifier as the tests make it, and alerts for it."""

from __future__ import annotations

import datetime as dt

from pathlib import Path
from typing import Any

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.notify.mail.notifier import MailNotifier
from rateguard.adapters.notify.mail.server import MailServer
from rateguard.adapters.notify.mail.text import MailTexts
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import (
    Alert,
    Event,
    NotificationTest,
    QuotaReached,
    SentMessage,
)
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


OPERATORS = ("ops@example.com", "noc@example.net")
SENDER = "anna@example.org"

_AT = dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.UTC)


def notifier(port: int, /, **options: Any) -> MailNotifier:
    """
    Return one that hands its mail to ``localhost`` at *port*; *options* are
    those of :class:`MailServer` and of :class:`MailNotifier`.
    """
    ours: dict[str, Any] = {
        "from_address": "rateguard@example.com",
        "to": OPERATORS,
        "to_sender": False,
    }
    ours |= {name: options.pop(name) for name in ours if name in options}
    texts = MailTexts(options.pop("templates", None))
    server = MailServer(**{"host": "localhost", "port": port, **options})
    return MailNotifier(server, SystemClock(), texts, **ours)


def alert(
    event_id: str = "3f6d1c1e-1", *, sender: str = SENDER, test: bool = False
) -> Alert:
    """Return an alert about *sender*."""
    submission = Submission(
        sender,
        queue_id="4cK2x71",
        client_name="host.example.net",
        client_address="192.0.2.7",
    )
    counter = SenderCounter(sender, QuotaPolicy.of(100), 51, 101)
    event: type[Event] = NotificationTest if test else QuotaReached
    recent = SentMessage("4cK2x71", "192.0.2.7", "host.example.net", 1, False, _AT)
    return Alert(event_id, event(submission, counter, _AT), 1, (recent,), _AT)


def template_folder(folder: Path, **templates: str) -> Path:
    """Write templates to *folder*, and return it."""
    for name, text in templates.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    return folder
