"""
Hands envelopes to Sentry's ingest over HTTP, and learns what became of them.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request

from collections.abc import Callable, Mapping
from email.message import Message

import attrs

from rateguard.domain.errors import DeliveryFailed


POST_SECONDS = 5.0
"""For connecting, and for each piece of the answer; its body is not read."""

_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0
_TOO_MANY = 429
_EVERYTHING = ""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """
    Takes a redirection for a failure: followed, it would become a GET.
    """

    def redirect_request(self, *_args: object) -> None:
        """
        Follow none.
        """


@attrs.define
class SentryPost:
    """
    One ingest. Proxies are taken from the environment (``HTTPS_PROXY`` …),
    certificates are verified with the authorities of the system.

    Attributes:
        clean: Returns what may be shown of a text.

        clock: Returns seconds.
    """

    url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    clean: Callable[[str], str] = str
    clock: Callable[[], float] = time.monotonic
    _silent_until: float = 0.0
    _opener: urllib.request.OpenerDirector = attrs.field(
        factory=lambda: urllib.request.build_opener(_NoRedirects), repr=False
    )

    def send(self, body: bytes) -> None:
        """
        Post an envelope; return once Sentry has taken it.

        Raises:
            DeliveryFailed: it was not taken, or Sentry asked for silence.
        """
        left = self._silent_until - self.clock()
        if left > 0:
            raise DeliveryFailed(f"Sentry asked to be left alone for {left:.0f} s")
        request = urllib.request.Request(  # noqa: S310 - settings admit http(s) only
            self.url, body, dict(self.headers), method="POST"
        )
        try:
            with self._opener.open(request, timeout=POST_SECONDS) as answer:
                self._heed(answer.status, answer.headers)
        except urllib.error.HTTPError as refusal:
            with refusal:
                self._heed(refusal.code, refusal.headers)
                why = refusal.headers.get("X-Sentry-Error") or refusal.reason
                raise self._failed(f"{refusal.code} {why}") from None
        except urllib.error.URLError as error:
            raise self._failed(str(error.reason)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failed(str(error) or type(error).__name__) from error

    def _failed(self, why: str) -> DeliveryFailed:
        return DeliveryFailed(f"Sentry did not take it: {self.clean(why)}")

    def _heed(self, status: int, headers: Message) -> None:
        pause = pause_asked_for(status, headers)
        if pause:
            self._silent_until = self.clock() + pause


def pause_asked_for(status: int, headers: Message) -> float:
    """
    Return for how many seconds Sentry wants no more events, as
    https://develop.sentry.dev/sdk/expected-features/rate-limiting/ has it.
    """
    limits = headers.get("X-Sentry-Rate-Limits")
    if limits:
        pauses = [_pause_of(limit) for limit in limits.split(",")]
    elif status == _TOO_MANY:
        pauses = [_seconds(headers.get("Retry-After", ""))]
    else:
        pauses = [0.0]
    return min(max(pauses), _LONGEST_PAUSE)


def _pause_of(limit: str) -> float:
    seconds, _, rest = limit.strip().partition(":")
    categories = rest.partition(":")[0].split(";")
    return _seconds(seconds) if {_EVERYTHING, "error"} & {*categories} else 0.0


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(int(text)))
    except ValueError:
        return _PAUSE
