"""Tells a web server, as policyd-rate-guard does."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import string

from typing import Any
from urllib.parse import quote, urlsplit

import attrs
import jwt

from rateguard.adapters.notify.deadline import Deadline
from rateguard.adapters.notify.failure import reason
from rateguard.adapters.notify.webhook.transport import post, silence
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert, Event
from rateguard.domain.ports import ATTEMPT_SECONDS, Clock


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


ISSUER = "policyd-rate-guard"
"""What receivers written for policyd-rate-guard look for in ``iss``."""

LIFETIME = dt.timedelta(seconds=60)

SHORTEST_KEY = 32
"""Bytes; RFC 7518, 3.2: as many as HMAC-SHA256 has."""


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
    claims = {
        "sub": sender,
        "iss": ISSUER,
        "iat": at,
        "nbf": at,
        "exp": at + LIFETIME,
    }
    return jwt.encode(claims, key, algorithm="HS256")


@attrs.frozen
class Webhook:
    """
    Where to, and by what the receiver knows us.

    Attributes:
        url: With ``{token}`` and the keys of the document as placeholders.

        secret: What tokens are made with.

        use_jwt: Send a JWT in place of the simple token.

        version: RateGuard's.
    """

    url: str = attrs.field(repr=False)
    secret: str = attrs.field(repr=False)
    use_jwt: bool
    version: str

    @property
    def host(self) -> str:
        """
        Whom it is about, to be shown: no user, no password, no path, and
        placeholders as they are written.
        """
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def token_in_url(self) -> bool:
        """Whether the token stands in the address."""
        parsed = string.Formatter().parse(self.url)
        return any(name == "token" for _, name, _, _ in parsed)


@attrs.frozen
class WebhookNotifier:
    """
    Posts each alert as a JSON document. Any 2xx means that it is there.

    Attributes:
        seconds: How long an attempt may take, all in all.

    Raises:
        ValueError: the secret is no key for a JWT; the text does not show it.
    """

    webhook: Webhook
    clock: Clock
    seconds: float = ATTEMPT_SECONDS
    _key: bytes = attrs.field(init=False, repr=False)

    @_key.default
    def _checked_key(self) -> bytes:
        return jwt_key(self.webhook.secret) if self.webhook.use_jwt else b""

    def __attrs_post_init__(self) -> None:
        silence()

    @property
    def name(self) -> str:
        """Return what it is called in the outbox."""
        return "webhook"

    def deliver(self, alert: Alert) -> None:
        """
        Post an alert.

        Raises:
            DeliveryFailed: the answer was no 2xx, or there was none in time.
        """
        failure = self._attempt(alert)
        # Raised where no other error is handled: one that came along as its
        # context would be shown in a traceback, address and all.
        if failure is not None:
            raise DeliveryFailed(f"{self.webhook.host}: {failure}")

    def _attempt(self, alert: Alert) -> str | None:
        deadline = Deadline(self.seconds)
        try:
            status = deadline.call(lambda: self._post(alert, deadline))
        except Exception as error:  # noqa: BLE001 - also a bug's text may tell secrets
            return reason(error)
        if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
            return None
        redirect = 300 <= status < 400  # noqa: PLR2004 - RFC 9110, 15.4
        return f"answered {status}" + (
            ", and redirects are not followed" if redirect else ""
        )

    def _post(self, alert: Alert, deadline: Deadline) -> int:
        token = self._token(alert.event)
        document = payload(alert.event)
        values = {
            key: quote(str(value), safe="")
            for key, value in {**document, "token": token}.items()
        }
        in_url = self.webhook.token_in_url
        return post(
            self.webhook.url.format_map(values),
            headers={
                "User-Agent": f"rateguard/{self.webhook.version}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "Idempotency-Key": alert.event_id,
            },
            body=json.dumps(document).encode(),
            deadline=deadline,
            authorization=None if in_url else f"Bearer {token}",
        )

    def _token(self, event: Event) -> str:
        sender = event.submission.sender
        if self.webhook.use_jwt:
            return jwt_token(self._key, sender, at=self.clock.now())
        return simple_token(self.webhook.secret, sender)
