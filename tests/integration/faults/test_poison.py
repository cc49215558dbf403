"""Requests and values that somebody chose to do harm."""

from __future__ import annotations

import sqlite3

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.integration.faults.load import load
from tests.integration.faults.victim import SENDERS, Victim, waited
from tests.integration.rigs.daemon import request as policy_request
from tests.integration.rigs.mariadb import PrivateMariaDb


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
OVER_QUOTA = ["most recipients", "more digits than int() takes"]
DEFERRED = "DEFER_IF_PERMIT Rate limit reached, retry later."

REFUSALS = {
    "victim": (
        "BEFORE INSERT ON messages WHEN NEW.msgid = 'poison'"
        " BEGIN SELECT RAISE(ABORT, 'not that one'); END"
    ),
    "on_mariadb": (
        "BEFORE INSERT ON {0}.messages FOR EACH ROW"
        " IF NEW.msgid = 'poison' THEN SIGNAL SQLSTATE '45000'; END IF"
    ),
}
"""A trigger for each store that refuses some messages."""


def poison() -> Iterator[bytes]:
    """Yield a request of each kind, each of another sender."""
    for name in NAMES.values():
        yield policy_request("MARK").replace(b"MARK", name)
    for number, values in enumerate(VALUES.values()):
        yield policy_request(f"value-{number}@example.com", **values)


def everybody_is_counted(victim: Victim) -> None:
    """Assert that all poison is charged to its senders, and nobody suffers."""
    requests = list(poison())
    with load(victim, senders=SENDERS, processes=2) as running, ExitStack() as stack:
        clients = [stack.enter_context(victim.connect()) for _ in requests]
        for client, each in zip(clients, requests, strict=True):
            client.send(each)
        deferred = [client.reply() for client in clients].count(DEFERRED)
        running.runs(20)
    counted = victim.counted()
    assert running.asked == {sender: counted.pop(sender) for sender in SENDERS}
    assert [1] * len(requests) == list(counted.values())
    assert deferred == len(OVER_QUOTA)
    victim.said(*["QUOTA_LIMIT_REACHED"] * deferred)


class TestRequest:
    def test_of_any_kind(self, either: Victim) -> None:
        """
        Whatever a peer sends is charged to its sender, and takes no other
        sender down.
        """
        with either:
            everybody_is_counted(either)

    def test_for_an_old_table(
        self, on_mariadb: Victim, mariadb: PrivateMariaDb
    ) -> None:
        """
        What a table of narrow columns in an old character set cannot keep is
        cut, never refused.
        """
        table = f"ALTER TABLE {on_mariadb.settings['DB_DATABASE']}.messages"
        kept = ("msgid", "sender", "from_addr", "client_name")
        with on_mariadb, ExitStack() as repairs:
            for column in kept:
                form = f"{table} MODIFY {column} varchar"
                repairs.callback(mariadb.execute, f"{form}(255) CHARACTER SET utf8mb4")
                mariadb.execute(f"{form}(50) CHARACTER SET latin1")
            everybody_is_counted(on_mariadb)


class TestRefused:
    @pytest.mark.parametrize(("fixture", "refusal"), REFUSALS.items())
    def test_by_the_store(
        self, request: pytest.FixtureRequest, fixture: str, refusal: str
    ) -> None:
        """
        A message that the store refuses passes uncounted and takes no other
        down; the log has one traceback, however many there are.
        """
        victim: Victim = request.getfixturevalue(fixture)
        with victim, obstructed(request, victim, refusal):
            with load(victim, senders=SENDERS) as running, victim.connect() as client:
                for _ in range(50):
                    waited(client, "poison@example.org", queue_id="poison")
                running.runs(20)
            counted = victim.counted()
        assert running.asked == counted
        complaints = victim.complaints()
        assert sum("cannot judge" in each for each in complaints) == 1
        assert len(complaints) < 50


@contextmanager
def obstructed(
    request: pytest.FixtureRequest, victim: Victim, refusal: str
) -> Iterator[None]:
    """The store of *victim* refuses some messages."""
    database = victim.settings["DB_DATABASE"]
    if "DB_HOST" not in victim.settings:
        with closing(sqlite3.connect(database)) as file:
            file.execute(f"CREATE TRIGGER refuse {refusal}")
        yield
        return
    mariadb: PrivateMariaDb = request.getfixturevalue("mariadb")
    name = f"{database}.refuse"
    mariadb.execute(f"CREATE TRIGGER {name} {refusal.format(database)}")
    try:
        yield
    finally:
        mariadb.execute(f"DROP TRIGGER {name}")
