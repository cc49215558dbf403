"""What a receiver gets: policyd-rate-guard's document and tokens."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib

from typing import Any

from rateguard.domain.events import Event


KEYS = (
    "event", "msgid", "sender", "client_address", "client_name", "rcpt_count",
    "from_addr", "to_addr", "timestamp", "quota", "quota_reset", "used",
)  # fmt: skip

ISSUER = "policyd-rate-guard"
"""What receivers written for policyd-rate-guard look for in ``iss``."""

LIFETIME = dt.timedelta(seconds=60)

SHORTEST_KEY = 32
"""Bytes; RFC 7518, 3.2: as many as HMAC-SHA256 has."""


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


def simple_token(secret: str, sender: str) -> str:
    """Return the hex SHA-256 of the secret, as text, followed by the sender."""
    return hashlib.sha256(f"{secret}{sender}".encode()).hexdigest()


def jwt_key(secret: str) -> bytes:
    """
    Return the key that a JWT is signed with: the secret, base64-decoded.

    Raises:
        ValueError: it is not base64, or too short; the text says what to do,
            and does not show it.
    """
    try:
        key = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < SHORTEST_KEY:
        raise ValueError(
            f"expected base64 of at least {SHORTEST_KEY} bytes, since"
            " WEBHOOK_USE_JWT is true; make one with: openssl rand -base64 32"
        )
    return key


def jwt_token(key: bytes, sender: str, *, at: dt.datetime) -> str:
    """Return a JWT about *sender*, HS256, valid from *at* (aware) for a minute."""
    # Only where it is used: settings know the keys, and are read by every command.
    import jwt  # noqa: PLC0415 - slow, and only for tokens

    end = at + LIFETIME
    claims = {"sub": sender, "iss": ISSUER, "iat": at, "nbf": at, "exp": end}
    return jwt.encode(claims, key, algorithm="HS256")
