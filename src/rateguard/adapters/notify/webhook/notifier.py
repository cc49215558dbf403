"""Posts alerts to a web server."""

from __future__ import annotations

import json
import logging
import socket
import string

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import attrs
import requests

from requests.adapters import HTTPAdapter

from rateguard.adapters.notify.failure import reason
from rateguard.adapters.notify.webhook.document import (
    jwt_key,
    jwt_token,
    payload,
    simple_token,
)
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert, Event
from rateguard.domain.ports import Clock


TIMEOUTS = (5.0, 10.0)
"""Seconds, for connecting to one address and for each wait for the answer."""

_URLLIB3 = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


@attrs.frozen
class Webhook:
    """
    Where to, with ``{token}`` and the keys of the document as placeholders, and by
    what the receiver knows us: tokens made with *secret*, and our *version*.
    """

    url: str = attrs.field(repr=False)
    secret: str = attrs.field(repr=False)
    use_jwt: bool
    version: str

    @property
    def host(self) -> str:
        """
        What is shown: no user, no password, no path, and placeholders as they
        are written.
        """
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def token_in_url(self) -> bool:
        parsed = string.Formatter().parse(self.url)
        return any(name == "token" for _, name, _, _ in parsed)


@attrs.frozen
class WebhookNotifier:
    """Posts each alert as a JSON document. Any 2xx means that it arrived."""

    name = "webhook"

    webhook: Webhook
    clock: Clock
    timeouts: tuple[float, float] = TIMEOUTS

    def __attrs_post_init__(self) -> None:
        # urllib3 logs addresses, and ours hold tokens. A filter, since levels and
        # handlers are the business of others, and some (Sentry) look at records
        # before these count.
        for name in _URLLIB3:
            logging.getLogger(f"urllib3.{name}").addFilter(_drop)

    def deliver(self, alert: Alert) -> None:
        """
        Post an alert.

        Raises:
            DeliveryFailed: the answer was no 2xx, or there was none.
        """
        self._fail_with(self._attempt(alert))

    def probe(self) -> None:
        """
        Connect to the receiver, and send nothing. Where a proxy stands in
        between, connect to nobody.

        Raises:
            DeliveryFailed: it cannot be reached.
        """
        self._fail_with(self._reach())

    def _fail_with(self, failure: str | None) -> None:
        # Raised where no other error is handled: one that came along as its
        # context would be shown in a traceback, address and all.
        if failure is not None:
            raise DeliveryFailed(f"{self.webhook.host}: {failure}")

    def _attempt(self, alert: Alert) -> str | None:
        try:
            status = self._post(alert)
        except Exception as error:  # noqa: BLE001 - also a bug's text may tell secrets
            return reason(error)
        if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
            return None
        redirect = 300 <= status < 400  # noqa: PLR2004 - RFC 9110, 15.4
        return f"answered {status}" + (
            ", and redirects are not followed" if redirect else ""
        )

    def _post(self, alert: Alert) -> int:
        """
        Return the status of the answer; a redirect is a status like others.

        Raises:
            Exception: there is no answer. The text contains the URL.
        """
        token = self._token(alert.event)
        document = payload(alert.event)
        values = {
            key: quote(str(value), safe="")
            for key, value in {**document, "token": token}.items()
        }
        # Prepared without a session, which would replace our Authorization by what
        # a netrc file has for the host; and sent without one, which would read
        # the whole body of a redirect that it does not follow.
        request = requests.Request(
            "POST",
            self.webhook.url.format_map(values),
            headers={
                "User-Agent": f"rateguard/{self.webhook.version}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "Idempotency-Key": alert.event_id,
            },
            data=json.dumps(document).encode(),
        ).prepare()
        # Else the user and password of the address are sent.
        if not self.webhook.token_in_url:
            request.headers["Authorization"] = f"Bearer {token}"
        adapter = HTTPAdapter()
        try:
            response = adapter.send(
                request,
                # The body is not read: it may have no end.
                stream=True,
                timeout=self.timeouts,
                **_of_environment(request.url or ""),
            )
            response.close()
            return response.status_code
        finally:
            adapter.close()

    def _token(self, event: Event) -> str:
        sender = event.submission.sender
        if self.webhook.use_jwt:
            key = jwt_key(self.webhook.secret)
            return jwt_token(key, sender, at=self.clock.now())
        return simple_token(self.webhook.secret, sender)

    def _reach(self) -> str | None:
        parts = urlsplit(self.webhook.url)
        proxies = _of_environment(self.webhook.url)["proxies"]
        if requests.utils.select_proxy(self.webhook.url, proxies):
            return None
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = parts.hostname or "", port
        try:
            socket.create_connection(address, self.timeouts[0]).close()
        except (OSError, UnicodeError) as error:
            return reason(error)
        return None


def _drop(_record: logging.LogRecord) -> bool:
    return False


def _of_environment(url: str) -> Mapping[str, Any]:
    """Return the proxies and certificate authorities that it names for *url*."""
    with requests.Session() as session:
        settings = session.merge_environment_settings(
            url, {}, stream=True, verify=None, cert=None
        )
    return {"proxies": settings["proxies"], "verify": settings["verify"] or True}
