"""By what a receiver knows that an alert is ours."""

from __future__ import annotations

import base64
import datetime as dt

import jwt
import pytest

from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.sending import SECRET, SENDER, alert, notifier
from tests.unit.doubles import NOON, HandClock


KEY = base64.b64decode(SECRET)


def claims(token: str, key: bytes = KEY) -> dict[str, object]:
    """Return what a receiver reads, which checks everything."""
    return jwt.decode(
        token,
        key,
        algorithms=["HS256"],
        issuer="policyd-rate-guard",
        options={"require": ["exp", "iat", "iss", "nbf", "sub"]},
    )


def posted(receiver: HookReceiver, clock: HandClock | None = None) -> str:
    """Return the token that arrives."""
    sender = notifier(receiver.url("/hook"), use_jwt=True, clock=clock)
    sender.deliver(alert())
    scheme, _, token = str(receiver.received[-1].headers["Authorization"]).partition(
        " "
    )
    assert scheme == "Bearer"
    return token


class TestJwt:
    def test_is_accepted_by_a_receiver_that_checks_everything(
        self, receiver: HookReceiver
    ) -> None:
        """Signature, issuer, and that it is valid now."""
        assert claims(posted(receiver))["sub"] == SENDER

    def test_is_valid_for_a_minute_from_the_attempt(
        self, receiver: HookReceiver
    ) -> None:
        """Made anew for each, by the clock that was given."""
        clock = HandClock()
        posted(receiver, clock)
        clock.time = NOON + dt.timedelta(hours=1)

        token = posted(receiver, clock)

        found = jwt.decode(token, options={"verify_signature": False})
        at = int(clock.time.timestamp())
        assert found == {
            "sub": SENDER,
            "iss": "policyd-rate-guard",
            "iat": at,
            "nbf": at,
            "exp": at + 60,
        }

    def test_is_refused_a_minute_later(self, receiver: HookReceiver) -> None:
        """Who finds one in a log cannot use it."""
        now = dt.datetime.now(dt.UTC)
        token = posted(receiver, HandClock(now - dt.timedelta(seconds=61)))

        with pytest.raises(jwt.ExpiredSignatureError):
            claims(token)

    def test_is_refused_with_another_key(self, receiver: HookReceiver) -> None:
        """Also with the secret as text, which is not the key."""
        token = posted(receiver)

        for key in (bytes(32), SECRET.encode()):
            with pytest.raises(jwt.InvalidSignatureError):
                claims(token, key)

    def test_may_stand_in_the_address(self, receiver: HookReceiver) -> None:
        """As the simple token may."""
        sender = notifier(receiver.url("/hook/{token}"), use_jwt=True)

        sender.deliver(alert())

        (received,) = receiver.received
        assert claims(received.path.removeprefix("/hook/"))["sub"] == SENDER
        assert received.headers["Authorization"] is None
