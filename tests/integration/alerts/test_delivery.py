"""Every crossing is told, whatever the receiver does and whatever crash."""

from __future__ import annotations

import contextlib
import random
import signal

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brief import BRIEF
from tests.integration.alerts.crossings import Crossers, hooked, keys
from tests.integration.daemons import lines, on_mariadb, rows, serving
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.receiver import HookReceiver


KILLS = 3 if BRIEF else 10
"""Issue 3 was closed with 50; ten are enough to see a mistake."""

SHARED_CROSSINGS = 200

_LEASES_END = (
    "UPDATE rateguard_outbox SET due_at = datetime('now', '-1 second') WHERE state = 0"
)


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


def _events(daemon: PrivateDaemon) -> list[str]:
    return [id_ for (id_,) in rows(daemon, "SELECT event_id FROM rateguard_outbox")]


def _waiting(daemon: PrivateDaemon) -> int:
    query = "SELECT count(*) FROM rateguard_outbox WHERE state <> 1"
    return int(rows(daemon, query)[0][0])


def test_a_crossing_is_told_once(tmp_path: Path, receiver: HookReceiver) -> None:
    """
    The message that crosses, and none before or after it; with the number of
    the event as it is in the database.
    """
    with serving(tmp_path, **hooked(receiver, QUOTA="2")) as daemon:
        for _ in range(4):
            daemon.ask("anna@example.org", queue_id="4Q7Kx")
        until(lambda: receiver.received and not _waiting(daemon))

        (told,) = receiver.received
        assert [told.headers["Idempotency-Key"]] == _events(daemon)
        assert ("quota_reached", "anna@example.org", 3, 2) == tuple(
            told.json[key] for key in ("event", "sender", "used", "quota")
        )
        assert lines(daemon, " INFO quota_reached ", " delivered to webhook")


def test_a_warning_is_told_before(tmp_path: Path, receiver: HookReceiver) -> None:
    """With WARN_AT a sender has two alerts: one at that share, one at the end."""
    settings = hooked(receiver, QUOTA="10", WARN_AT="80")
    with serving(tmp_path, **settings) as daemon:
        for _ in range(12):
            daemon.ask("anna@example.org")
        until(lambda: len(receiver.received) == 2 and not _waiting(daemon))

    told = sorted((each.json["event"], each.json["used"]) for each in receiver.received)
    assert [("quota_reached", 11), ("quota_warning", 8)] == told


@pytest.mark.long
def test_a_receiver_that_never_answers(tmp_path: Path, receiver: HookReceiver) -> None:
    """
    Requests are answered all the while, what is told of once is repeated, and
    once the receiver recovers it has every crossing.
    """
    receiver.hang()
    with PrivateDaemon(tmp_path, hooked(receiver)) as daemon:
        for number in range(20):
            assert daemon.ask(f"{number}@example.org").startswith("DEFER_IF_PERMIT")
        until(lambda: lines(daemon, "not delivered to webhook"), 60)

        receiver.answer(200)
        until(lambda: not _waiting(daemon), 100)

        assert set(keys(receiver)) == set(_events(daemon))
        assert len(_events(daemon)) == 20


@pytest.mark.long
def test_stops_in_time_while_a_receiver_hangs(
    tmp_path: Path, receiver: HookReceiver
) -> None:
    """
    The alert under way does not keep the daemon from ending, and is due
    again.
    """
    receiver.hang()
    daemon = PrivateDaemon(tmp_path, hooked(receiver))
    with daemon:
        daemon.ask("anna@example.org")
        until(lambda: receiver.connections)
        assert daemon.stop() == 0

    assert _waiting(daemon) == 1


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_crash_loses_no_alert(tmp_path: Path, receiver: HookReceiver) -> None:
    """
    The daemon is killed at random moments while senders cross: in the end
    there is one event for each sender, and each was received. What the dead
    daemon had claimed is left to the next one by the end of the lease, which
    is not waited for here.
    """
    daemon = PrivateDaemon(tmp_path, hooked(receiver))
    moments = random.Random(7)
    daemon.start()
    with Crossers(lambda: [daemon]) as crossers:
        for _ in range(KILLS):
            crossers.wait_for(moments.randrange(5, 60))
            daemon.stop(signal.SIGKILL)
            rows(daemon, _LEASES_END)
            daemon.start()
    until(lambda: not _waiting(daemon), 60)
    daemon.stop()

    events = _events(daemon)
    assert len(events) == len(set(events))
    assert [(len(events),)] == rows(daemon, "SELECT count(*) FROM ratelimits")
    assert len(events) >= crossers.answered
    assert set(events) == set(keys(receiver))


@pytest.mark.long
def test_two_daemons_share_the_work(
    tmp_path: Path, mariadb: PrivateMariaDb, receiver: HookReceiver
) -> None:
    """
    Two hundred crossings at two daemons on one database: two hundred alerts,
    none of them twice.
    """
    database = mariadb.create_database()
    settings = hooked(receiver, DB_AUTO_MIGRATE="true", **on_mariadb(mariadb, database))
    with contextlib.ExitStack() as started:
        started.callback(mariadb.drop_database, database)
        daemons = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            daemons.append(started.enter_context(serving(tmp_path / name, **settings)))
        for number in range(SHARED_CROSSINGS):
            daemons[number % 2].ask(f"{number}@example.org")
        until(lambda: len(receiver.received) >= SHARED_CROSSINGS, 60)
        query = f"SELECT count(*) FROM {database}.rateguard_outbox WHERE state <> 1"
        until(lambda: mariadb.execute(query) == [(0,)], 60)

        told = keys(receiver)
        assert (SHARED_CROSSINGS, SHARED_CROSSINGS) == (len(told), len(set(told)))
        assert all(lines(each, "delivered to webhook") for each in daemons)
