"""The facts in docs/alerts.md are those of the code."""

from __future__ import annotations

import json

import jwt

from rateguard.adapters.notify.webhook.document import KEYS, LIFETIME, SHORTEST_KEY
from rateguard.domain.events import EVENTS
from rateguard.domain.ports import ATTEMPT_SECONDS
from rateguard.domain.usecases.notify import (
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    LONGEST_PAUSE,
)
from tests.integration.webhook.document import first_column, snippet, text
from tests.integration.webhook.forged import ours


class TestFacts:
    def test_has_every_field(self) -> None:
        """In the example and in the table, in the order in which they are sent."""
        example = json.loads(snippet("json", "event"))

        assert list(KEYS) == list(example)
        assert list(KEYS) == first_column("field")

    def test_has_every_event(self) -> None:
        """And no other."""
        assert list(EVENTS) == first_column("event")

    def test_has_every_claim(self) -> None:
        """And no other."""
        claims = jwt.decode(ours(), options={"verify_signature": False})

        assert set(claims) == set(first_column("claim"))

    def test_has_the_figures_of_the_code(self) -> None:
        """How long what takes."""
        told = " ".join(text().split())

        for sentence in (
            f"An attempt has {ATTEMPT_SECONDS:g} seconds",
            f"is retried: after {FIRST_PAUSE.seconds} seconds",
            f"up to {LONGEST_PAUSE.seconds // 3600} hour;",
            f"After {GIVE_UP_AFTER.days} days RateGuard gives up",
            f"valid for {LIFETIME.seconds} seconds",
            f"at least {SHORTEST_KEY} bytes",
        ):
            assert sentence in told
