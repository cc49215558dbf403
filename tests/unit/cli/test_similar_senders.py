"""Who may have been meant by a name that nobody has."""

from __future__ import annotations

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.quota import QuotaPolicy
from rateguard.entrypoints.cli.completion import similar_senders
from tests.unit.doubles import NOON


SENDERS = {
    *("jane@example.com", "bob@example.com", "jane@example.net"),
    *("bob@example.com.au", "carl", "info"),
}


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("jane@exmaple.com", ["jane@example.com", "jane@example.net"]),
        ("bbo@example.com", ["bob@example.com"]),
        ("obb@example.com", ["bob@example.com"]),
        ("bbo@example.net", []),
        ("bob", ["bob@example.com", "bob@example.com.au"]),
        ("calr", ["carl"]),
        ("zoe@example.org", []),
        ("", []),
    ],
)
def test_similar_senders(mistyped: str, meant: list[str]) -> None:
    """The likeliest first; none, if none is alike."""
    store = MemoryStore()
    with store() as unit:
        unit.counters.lock(SENDERS, default=QuotaPolicy.of(10), at=NOON)

        assert meant == similar_senders(unit, mistyped, NOON)
