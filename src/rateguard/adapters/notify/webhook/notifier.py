"""
Tells a web server, as policyd-rate-guard does.
"""

from __future__ import annotations

import json
import string

from urllib.parse import quote, urlsplit

import attrs

from rateguard.adapters.notify.deadline import Deadline
from rateguard.adapters.notify.failure import reason
from rateguard.adapters.notify.webhook.payload import payload
from rateguard.adapters.notify.webhook.token import jwt_key, jwt_token, simple_token
from rateguard.adapters.notify.webhook.transport import post, silence
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Event
from rateguard.domain.notice import Notice
from rateguard.domain.ports import ATTEMPT_SECONDS, Clock


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
        """
        Whether the token stands in the address.
        """
        parsed = string.Formatter().parse(self.url)
        return any(name == "token" for _, name, _, _ in parsed)


@attrs.frozen
class WebhookNotifier:
    """
    Posts each notice as a JSON document. Any 2xx means that it is there.

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
        """
        Return what it is called in the outbox.
        """
        return "webhook"

    def deliver(self, notice: Notice) -> None:
        """
        Post a notice.

        Raises:
            DeliveryFailed: the answer was no 2xx, or there was none in time.
        """
        failure = self._attempt(notice)
        # Raised where no other error is handled: one that came along as its
        # context would be shown in a traceback, address and all.
        if failure is not None:
            raise DeliveryFailed(f"{self.webhook.host}: {failure}")

    def _attempt(self, notice: Notice) -> str | None:
        deadline = Deadline(self.seconds)
        try:
            status = deadline.call(lambda: self._post(notice, deadline))
        except Exception as error:  # noqa: BLE001 - also a bug's text may tell secrets
            return reason(error)
        if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
            return None
        redirect = 300 <= status < 400  # noqa: PLR2004 - RFC 9110, 15.4
        return f"answered {status}" + (
            ", and redirects are not followed" if redirect else ""
        )

    def _post(self, notice: Notice, deadline: Deadline) -> int:
        token = self._token(notice.event)
        document = payload(notice.event)
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
                "Idempotency-Key": notice.event_id,
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
