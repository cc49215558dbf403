"""How long Sentry wants to be left alone."""

from __future__ import annotations

from email.message import Message

import pytest

from rateguard.adapters.sentry.client import pause_asked_for


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, 0),
        (500, {"Retry-After": "9"}, 0),
        (429, {}, 60),
        (429, {"Retry-After": "120"}, 120),
        (429, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 60),
        (429, {"Retry-After": "-5"}, 0),
        (429, {"Retry-After": "99999999"}, 3600),
        (429, {"Retry-After": "9", "X-Sentry-Rate-Limits": "30::key"}, 30),
        (200, {"X-Sentry-Rate-Limits": "30:error:organization"}, 30),
        (200, {"X-Sentry-Rate-Limits": "30:default;error;security:x"}, 30),
        (200, {"X-Sentry-Rate-Limits": "30:transaction:key"}, 0),
        (200, {"X-Sentry-Rate-Limits": "9:transaction:key, 20::x,30:error:x"}, 30),
        (200, {"X-Sentry-Rate-Limits": "30"}, 30),
        (200, {"X-Sentry-Rate-Limits": "nonsense"}, 60),
        (200, {"X-Sentry-Rate-Limits": ""}, 0),
    ],
)
def test_pause_asked_for(status: int, headers: dict[str, str], expected: float) -> None:
    """
    By the header of rate limits if there is one, else by Retry-After of a 429;
    never for longer than an hour.
    """
    message = Message()
    for name, value in headers.items():
        message[name] = value

    assert expected == pause_asked_for(status, message)
