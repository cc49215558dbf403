"""
An event as the JSON document that policyd-rate-guard posts.
"""

from __future__ import annotations

from typing import Any

from rateguard.domain.events import Event


KEYS = (
    "event",
    "msgid",
    "sender",
    "client_address",
    "client_name",
    "rcpt_count",
    "from_addr",
    "to_addr",
    "timestamp",
    "quota",
    "quota_reset",
    "used",
)


def payload(event: Event) -> dict[str, Any]:
    """
    Return the document: policyd-rate-guard's, and which ``event`` it is.
    ``timestamp`` is the local time of the decision, ``used`` the recipients
    counted.
    """
    submission, counter = event.submission, event.counter
    values = (
        event.kind,
        submission.queue_id,
        submission.sender,
        submission.client_address,
        submission.client_name,
        submission.recipients,
        submission.from_address,
        submission.to_address,
        event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        counter.policy.quota,
        counter.policy.quota_reset,
        counter.recipients,
    )
    return dict(zip(KEYS, values, strict=True))
