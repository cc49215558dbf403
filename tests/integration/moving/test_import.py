"""``rateguard import policyd-rate-limit``."""

from __future__ import annotations

import datetime as dt
import json
import time

from pathlib import Path
from typing import Any

import pytest

from rateguard.adapters.clock import SystemClock
from rateguard.domain.errors import SourceUnreadable
from rateguard.domain.orders import Arrival
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.import_ import ImportSenders
from rateguard.entrypoints.cli.import_ import CHUNK, imported
from rateguard.entrypoints.container import policyd_rate_limit
from tests.integration.daemons import on_mariadb, rows
from tests.integration.moving.rate_limit import RateLimit, on_sqlite
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.stores import migrated_mariadb, migrated_sqlite
from tests.unit.domain.watched import WatchedUnits


COMMAND = ("import", "policyd-rate-limit", "--config", "policyd-rate-limit.yaml")
SENDERS = (
    "SELECT sender, quota, quota_reset, msg_counter, rcpt_counter, msg_total,"
    " rcpt_total FROM ratelimits ORDER BY sender"
)
DAY = 86400
NOW = dt.datetime.now().astimezone()
LIMITS: dict[str, Any] = {
    "limits": [[10, 60], [150, DAY]],
    "limits_by_id": {
        "Jane@Example.com": [[500, DAY]],
        "free": [],
        "192.0.2.1": [[5, DAY]],
    },
}


def noon() -> str:
    """Return a time zone, as TZ has it, in which midnight is far."""
    return f"TST{dt.datetime.now(dt.UTC).hour - 12:+d}"


def fill(rate_limit: RateLimit) -> None:
    """Some mail of the last minute, and some of yesterday."""
    now = time.time()
    rate_limit.fill(
        ("Jane@Example.com", now - 60, 3, "a"),
        ("jane@example.com", now - 50, 4, "b"),
        ("joe", now - 40, 1, "c"),
        ("joe", now - 20 * 3600, 99, "d"),
        ("192.0.2.1", now - 30, 1, "e"),
    )
    rate_limit.write(**LIMITS)


@pytest.fixture
def store(tmp_path: Path) -> PrivateDaemon:
    """RateGuard beside it, with SQLite, migrated."""
    migrated_sqlite(tmp_path / "rateguard.db")
    return PrivateDaemon(tmp_path, {"TZ": noon(), "SUDO_USER": "ann"})


MOVED_IN = [
    ("free", 4294967295, 4294967295, 0, 0, 0, 0),
    ("jane@example.com", 500, 500, 2, 7, 2, 7),
    ("joe", 150, 150, 1, 1, 1, 1),
]
TOLD = """\
limits: 10 in 60 s: left out, the quota of 150 in 86400 s holds, at any rate
free: no limit: quota 4294967295, never reached
192.0.2.1: left out, an IP address is no login
counts of 1 IP addresses: left out, RateGuard limits only logins
limits: QUOTA is 1000 for new senders; set QUOTA=150
free: quota 1000 -> 4294967295
jane@example.com: quota 1000 -> 500
3 senders; changed: 3 quotas, 2 counters; 0 quotas stay as set here
"""


class TestImport:
    def test_moves_everybody_in(
        self, rate_limit: RateLimit, store: PrivateDaemon
    ) -> None:
        """
        Quotas and today's counts, from each of its databases; what has no
        equivalent is told. A second run changes nothing.
        """
        fill(rate_limit)

        done = store.run(*COMMAND)

        assert (done.returncode, done.stdout, done.stderr) == (0, TOLD, "")
        assert rows(store, SENDERS) == MOVED_IN
        again = store.run(*COMMAND)
        assert again.returncode == 0
        assert again.stdout.endswith(
            "3 senders; changed: 0 quotas, 0 counters; 0 quotas stay as set here\n"
        )
        assert rows(store, SENDERS) == MOVED_IN
        query = "SELECT sender, actor, action, reason FROM rateguard_history"
        recorded = ("ann", "import", "policyd-rate-limit, policyd-rate-limit.yaml")
        assert sorted(rows(store, query)) == [(row[0], *recorded) for row in MOVED_IN]

    def test_a_dry_run_changes_nothing(
        self, tmp_path: Path, store: PrivateDaemon
    ) -> None:
        """It tells the same."""
        with on_sqlite(tmp_path) as rate_limit:
            fill(rate_limit)

        done = store.run(*COMMAND, "--dry-run")

        would = TOLD.replace("changed:", "would be changed:")
        assert (done.returncode, done.stdout, done.stderr) == (0, would, "")
        assert rows(store, SENDERS) == []

    def test_a_quota_that_was_set_here_stays(
        self, tmp_path: Path, store: PrivateDaemon
    ) -> None:
        """Unless it is forced; the counts arrive in any case."""
        with on_sqlite(tmp_path) as rate_limit:
            fill(rate_limit)
        rows(
            store,
            "INSERT INTO ratelimits (sender, quota, quota_reset, rcpt_counter,"
            " rcpt_total) VALUES ('jane@example.com', 9, 9, 50, 60)",
        )

        done = store.run(*COMMAND)
        assert (
            "jane@example.com: quota 9 was set here and stays, instead of 500;"
            " --force sets it"
        ) in done.stdout.splitlines()
        assert rows(store, SENDERS)[1] == ("jane@example.com", 9, 9, 2, 50, 2, 60)

        assert store.run(*COMMAND, "--force", "--no-counters").returncode == 0
        assert rows(store, SENDERS)[1][:3] == ("jane@example.com", 500, 500)


def test_no_database_is_made(tmp_path: Path) -> None:
    """Whoever runs it in the wrong folder is told so."""
    with on_sqlite(tmp_path) as rate_limit:
        fill(rate_limit)

    done = PrivateDaemon(tmp_path).run(*COMMAND)

    assert (done.returncode, done.stdout) == (1, "")
    missing = tmp_path / "rateguard.db"
    assert done.stderr.startswith(f"rateguard: {missing}: there is no database yet;")
    assert not missing.exists()


def test_beside_a_daemon_on_mariadb(mariadb: PrivateMariaDb, tmp_path: Path) -> None:
    """The daemon goes on, and judges by what arrived with the next message."""
    settings = on_mariadb(mariadb, migrated_mariadb(mariadb))
    with on_sqlite(tmp_path) as rate_limit:
        rate_limit.fill(("joe", time.time() - 60, 4, "a"))
        rate_limit.write(limits=[[9, DAY]], limits_by_id={"joe": [[5, DAY]]})
    with PrivateDaemon(tmp_path, {**settings, "TZ": noon()}) as daemon:
        assert daemon.ask("ann") == "DUNNO"

        done = daemon.run(*COMMAND)

        assert (done.returncode, done.stderr) == (0, "")
        assert daemon.ask("joe") == "DUNNO"
        assert daemon.ask("joe") != "DUNNO"


def problems(file: Path) -> list[str]:
    """Return what is told of a file."""
    with pytest.raises(SourceUnreadable) as caught:
        policyd_rate_limit(file, since=NOW, period=DAY)
    return str(caught.value).splitlines()


def test_no_decision_waits_for_long() -> None:
    """Many senders are taken over in many short units, none is left out."""
    units = WatchedUnits()
    take_over = ImportSenders(units, SystemClock(), QuotaPolicy.of(1000), "ann", "")
    arrivals = [Arrival(f"c{number:04}", 5) for number in range(2 * CHUNK + 1)]

    done = list(imported(take_over, arrivals))

    assert arrivals == [each.arrival for each in done]
    assert units.calls.count("commit") == 3
    assert all(units.store.counter(arrival.sender) for arrival in arrivals)


class TestWhatCannotBeRead:
    def test_has_a_line_for_each_problem(self, store: PrivateDaemon) -> None:
        """It names the file, and nothing is done."""
        settings = "limits: 5\nlimits_by_id: {jane: [[1, 60]]}\nbackend: 7\n"
        (store.folder / COMMAND[-1]).write_text(settings, "utf-8")

        done = store.run(*COMMAND)

        assert (done.returncode, done.stdout) == (1, "")
        first, second = done.stderr.splitlines()
        assert first.startswith(f"rateguard: {COMMAND[-1]}: limits: expected ")
        assert second.startswith(f"rateguard: {COMMAND[-1]}: backend: expected ")
        assert rows(store, SENDERS) == []

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (None, "cannot be read: "),
            ("limits: [[1, 60]", "is not YAML: line 1: "),
            ("limits: !!python/object:x.y {}", "is not YAML: line 1: "),
            ("x: 2024-02-31", "is not YAML: "),
            ("- 1", "expected settings by name, "),
        ],
    )
    def test_a_file_that_is_none(
        self, tmp_path: Path, text: str | None, problem: str
    ) -> None:
        """Is told in one line."""
        file = tmp_path / "policyd-rate-limit.yaml"
        if text is not None:
            file.write_text(text, "utf-8")

        (line,) = problems(file)
        assert line.startswith(f"{file}: {problem}")

    def test_the_old_format_is_not_run(self, tmp_path: Path) -> None:
        """It is a program."""
        (line,) = problems(tmp_path / "policyd-rate-limit.conf")

        assert ".conf: the old format is a program and is not run; " in line

    @pytest.mark.parametrize(
        ("settings", "lines"),
        [
            (
                {"sqlite_config": {"database": "no.db"}},
                ["no.db: there is no such file"],
            ),
            (
                {"sqlite_config": {}},
                ["sqlite_config: expected the path of a database"],
            ),
            (
                {"backend": 1, "mysql_config": {"passwd": 4711, "user": "u"}},
                [
                    "mysql_config: passwd: expected text, in quotes",
                    "mysql_config: expected db or database",
                ],
            ),
        ],
    )
    def test_counts_that_cannot_be_read(
        self, tmp_path: Path, settings: dict[str, Any], lines: list[str]
    ) -> None:
        """Each has its line; the quotas alone are to be had without them."""
        file = tmp_path / "policyd-rate-limit.yaml"
        file.write_text(json.dumps({**settings, **LIMITS}), "utf-8")

        assert lines == problems(file)
        plan = policyd_rate_limit(file, since=None, period=DAY)
        assert [each.sender for each in plan.arrivals] == ["free", "jane@example.com"]
