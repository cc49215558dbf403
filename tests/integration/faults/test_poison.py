"""
Requests and values that somebody chose to do harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.faults.load import load
from tests.integration.faults.victim import SENDERS, Victim
from tests.integration.rigs.daemon import request as policy_request


LONG = "x" * 7000
NAMES = {
    "NUL bytes": b"nul\0\0@example.com",
    "not UTF-8": b"latin1-\xe9\xff\xc3@example.com",
    "half a surrogate": b"half-\xed\xa0\x80@example.com",
    "beyond the BMP": "\U0001f600\U0001f4a9@example.com".encode(),
    "SQL": b"'; DROP TABLE ratelimits; -- \\' %s %(a)s {p} ? :1 \\",
    "very long": b"y" * 20000,
    "control characters": bytes(range(1, 10)) + b"\x1b[2J\x7f@example.com",
}
VALUES: dict[str, dict[str, object]] = {
    "most recipients": {"recipient_count": 99999999999},
    "more digits than int() takes": {"recipient_count": "9" * 5000},
    "fewer than none": {"recipient_count": "-5"},
    "digits of others": {"recipient_count": "\u0663\u00b2"},
    "emoji in every text": dict.fromkeys(
        ("sender", "recipient", "helo_name", "queue_id", "client_name", "instance"),
        "\U0001f600" * 100,
    ),
    "too long everywhere": dict.fromkeys(
        ("sender", "recipient", "helo_name", "queue_id", "client_name", "instance"),
        LONG,
    ),
    "no address": {"client_address": LONG},
}


def poison() -> Iterator[bytes]:
    """
    Yield a request of each kind, each of another sender.
    """
    for name in NAMES.values():
        yield policy_request("MARK").replace(b"MARK", name)
    for number, values in enumerate(VALUES.values()):
        yield policy_request(f"value-{number}@example.com", **values)


@pytest.fixture(params=["victim", "on_mariadb"])
def either(request: pytest.FixtureRequest) -> Iterator[Victim]:
    """
    A running daemon, on each store.
    """
    victim: Victim = request.getfixturevalue(request.param)
    with victim:
        yield victim


def everybody_is_counted(victim: Victim) -> None:
    """
    Assert that all poison is charged to its senders, and nobody suffers.
    """
    requests = list(poison())
    with load(victim, senders=SENDERS, processes=2) as running, ExitStack() as stack:
        clients = [stack.enter_context(victim.connect()) for _ in requests]
        for _ in range(3):
            for client, each in zip(clients, requests, strict=True):
                client.send(each)
            assert {client.reply() for client in clients} <= {"DUNNO", DEFERRED}
        running.runs(20)
    counted = victim.counted()
    assert running.asked == {sender: counted.pop(sender) for sender in SENDERS}
    assert [3] * len(requests) == list(counted.values())
    victim.said("QUOTA_LIMIT_REACHED")


DEFERRED = "DEFER_IF_PERMIT Rate limit reached, retry later."


class TestRequest:
    def test_of_any_kind(self, either: Victim) -> None:
        """
        Whatever a peer sends is charged to its sender, and takes no other
        sender down.
        """
        everybody_is_counted(either)
