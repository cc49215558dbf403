"""The two tokens."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json

import jwt
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.notify.webhook.document import (
    SHORTEST_KEY,
    jwt_key,
    jwt_token,
    simple_token,
)
from tests.unit.doubles import NOON


SECRET = "Wk9YZXliVlVtY2pQcFlFUm9KY1U1ZkFFaUpWTk1FU20="
KEY = b"ZOXeybVUmcjPpYERoJcU5fAEiJVNMESm"

keys = st.binary(min_size=SHORTEST_KEY, max_size=100)
senders = st.text(st.characters(codec="utf-8"), min_size=1)


class TestSimpleToken:
    def test_is_the_one_of_policyd_rate_guard(self) -> None:
        """The vector of its documentation: receivers need no change."""
        expected = "34caa5c52fce98bc56fa3bfd8274a92328f09a6e0b27da2b5d89c1b5c5ed05c5"

        assert expected == simple_token(SECRET, "test@example.com")

    @given(st.text(st.characters(codec="utf-8")), senders)
    def test_is_the_hash_of_secret_and_sender(self, secret: str, sender: str) -> None:
        """Both as UTF-8, the secret not decoded, in hex."""
        digest = hashlib.sha256(secret.encode() + sender.encode()).hexdigest()

        assert digest == simple_token(secret, sender)


class TestJwtKey:
    def test_is_the_decoded_secret(self) -> None:
        """Not its text."""
        assert KEY == jwt_key(SECRET)

    @given(keys)
    def test_is_any_long_enough_key(self, key: bytes) -> None:
        """What ``openssl rand -base64`` makes of it is the secret."""
        assert key == jwt_key(base64.b64encode(key).decode())

    @pytest.mark.parametrize(
        "secret",
        ["", "hunter2", "!" * 64, SECRET + "=", SECRET[:-1], "ä" * 64, f"{SECRET} "],
    )
    def test_is_refused_if_the_secret_is_not_base64(self, secret: str) -> None:
        """Guessing at it would sign with a key that the receiver has not."""
        with pytest.raises(ValueError, match=r"^expected base64 of at least 32 bytes"):
            jwt_key(secret)

    @given(st.binary(max_size=SHORTEST_KEY - 1))
    def test_is_refused_if_it_is_short(self, key: bytes) -> None:
        """HS256 with a key that can be guessed proves nothing."""
        secret = base64.b64encode(key).decode()

        with pytest.raises(ValueError, match="openssl rand -base64 32") as caught:
            jwt_key(secret)

        assert not secret or secret not in str(caught.value).split()


class TestJwtToken:
    @given(keys, senders, st.datetimes(dt.datetime(2020, 1, 1)))  # noqa: DTZ001
    def test_is_about_the_sender_for_a_minute(
        self, key: bytes, sender: str, at: dt.datetime
    ) -> None:
        """
        Claims in whole seconds, as receivers of policyd-rate-guard expect
        them; signed by HMAC-SHA256.
        """
        at = at.replace(tzinfo=dt.UTC, year=min(at.year, 9000))
        head, body, signature = jwt_token(key, sender, at=at).split(".")

        seconds = int(at.replace(microsecond=0).timestamp())
        assert json.loads(_decoded(head))["alg"] == "HS256"
        assert json.loads(_decoded(body)) == {
            "sub": sender,
            "iss": "policyd-rate-guard",
            "iat": seconds,
            "nbf": seconds,
            "exp": seconds + 60,
        }
        signed = hmac.digest(key, f"{head}.{body}".encode(), "sha256")
        assert _decoded(signature) == signed

    def test_is_refused_by_who_has_another_key(self) -> None:
        """One bit is enough."""
        token = jwt_token(KEY, "test@example.com", at=NOON)

        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token, KEY[:-1] + b"l", algorithms=["HS256"])


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
