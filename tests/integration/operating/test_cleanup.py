"""``rateguard cleanup``: a new period for everybody, and old messages out."""

from __future__ import annotations

import datetime as dt

from pathlib import Path

import pytest

from tests.integration.daemons import REFUSED, rows
from tests.integration.operating.operators import run_here
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.ready import ready_file


LONG_AGO = "2020-02-29 12:34:56"
NOON = 12
ADD_COUNTER = (
    "INSERT INTO ratelimits (sender, quota, quota_reset, quota_locked, msg_counter,"
    " rcpt_counter, msg_total, rcpt_total, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ALL_COUNTERS = (
    "SELECT sender, quota, quota_reset, quota_locked, msg_counter, rcpt_counter,"
    " msg_total, rcpt_total, updated_at FROM ratelimits ORDER BY id"
)


@pytest.fixture
def store(tmp_path: Path) -> PrivateDaemon:
    """A migrated database without a running daemon."""
    ready_file(tmp_path / "rateguard.db")
    return PrivateDaemon(tmp_path)


def test_a_new_period(store: PrivateDaemon) -> None:
    """
    Counters go to 0, quotas back to quota_reset unless quota_locked; totals
    and updated_at stay, and without MESSAGE_RETENTION so do all messages.
    """
    for row in (
        ("open", 5, 9, 0, 7, 8, 70, 80, LONG_AGO),
        ("locked", 5, 9, 1, 7, 8, 70, 80, LONG_AGO),
        ("idle", 5, 9, 0, 0, 0, 70, 80, LONG_AGO),
    ):
        rows(store, ADD_COUNTER, *row)
    _message(store, LONG_AGO)
    done = store.run("cleanup")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "counters reset, 0 messages and 0 alerts deleted\n"
    assert rows(store, ALL_COUNTERS) == [
        ("open", 9, 9, 0, 0, 0, 70, 80, LONG_AGO),
        ("locked", 5, 9, 1, 0, 0, 70, 80, LONG_AGO),
        ("idle", 9, 9, 0, 0, 0, 70, 80, LONG_AGO),
    ]
    assert rows(store, "SELECT count(*) FROM messages") == [(1,)]


def test_beside_the_daemon(tmp_path: Path) -> None:
    """A daemon that runs needs no restart: its senders send again."""
    with PrivateDaemon(tmp_path, {"QUOTA": "1"}) as daemon, daemon.connect() as client:
        for _ in range(2):
            actions = [client.ask("a@example.org") for _ in range(2)]
            assert actions == ["DUNNO", REFUSED]
            assert run_here(daemon, "cleanup").returncode == 0


@pytest.mark.parametrize("days", [1, 30])
def test_old_messages(store: PrivateDaemon, days: int) -> None:
    """
    MESSAGE_RETENTION=n deletes what is older than midnight n days ago, the
    midnight of the machine's time zone.
    """
    zone, midnight = _zone_where_it_is_noon()
    limit = midnight - dt.timedelta(days=days)
    second = dt.timedelta(seconds=1)
    for at in (limit - 40 * second, limit - second, limit, limit + second):
        _message(store, _text(at))
    store.settings |= {"MESSAGE_RETENTION": str(days), "TZ": zone}
    done = store.run("cleanup")

    assert done.stdout == "counters reset, 2 messages and 0 alerts deleted\n"
    kept = rows(store, "SELECT created_at FROM messages ORDER BY created_at")
    assert kept == [(_text(limit),), (_text(limit + second),)]


def _zone_where_it_is_noon() -> tuple[str, dt.datetime]:
    """
    Return a time zone, as TZ has it, in which midnight is far, and not that
    of UTC; and the beginning of the day there.
    """
    now = dt.datetime.now(dt.UTC)
    hours = NOON - now.hour or 1
    zone = dt.timezone(dt.timedelta(hours=hours))
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"TST{-hours:+d}", today.astimezone(dt.UTC)


def _text(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _message(store: PrivateDaemon, created_at: str) -> None:
    rows(
        store,
        "INSERT INTO messages (sender, msgid, created_at) VALUES ('a', 'b', ?)",
        created_at,
    )


def test_of_a_database_that_is_not_ready(tmp_path: Path) -> None:
    """What cannot be done is told in one line, and by the exit status."""
    done = run_here(PrivateDaemon(tmp_path), "cleanup")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("rateguard: ")
    assert line.endswith("run: rateguard migrate")
