"""JWTs like ours, true ones and others."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json

from collections.abc import Mapping

import jwt

from rateguard.adapters.notify.webhook.document import (
    ISSUER,
    LIFETIME,
    jwt_key,
    jwt_token,
)
from tests.integration.webhook.sending import SECRET


KEY = jwt_key(SECRET)
SENDER = "j\u00f6rg@example.com"


def signed(
    claims: Mapping[str, object] = {}, *, key: bytes = KEY, algorithm: str = "HS256"
) -> str:
    """Return a JWT like ours, but for these claims; None leaves one out."""
    now = dt.datetime.now(dt.UTC)
    every = {"sub": SENDER, "iss": ISSUER, "iat": now, "nbf": now}
    every |= {"exp": now + LIFETIME, **claims}
    kept = {name: value for name, value in every.items() if value is not None}
    return jwt.encode(kept, key, algorithm)


def handmade(algorithm: str, *, key: bytes) -> str:
    """Return a JWT with our claims that names any algorithm, signed by HS256."""
    head = json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
    told = f"{_encoded(head)}.{signed().split('.')[1]}"
    return f"{told}.{_encoded(hmac.digest(key, told.encode(), 'sha256'))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def ours(*, seconds: float = 0) -> str:
    """Return the JWT that we make in so many seconds."""
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return jwt_token(KEY, SENDER, at=at)
