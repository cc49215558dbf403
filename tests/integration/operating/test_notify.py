"""``rateguard notify``: try out who is told, see what waits, have it repeated."""

from __future__ import annotations

import re
import sqlite3

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.alerts.crossings import hooked
from tests.integration.daemons import lines
from tests.integration.operating.operators import run_here
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.ready import ready_file
from tests.integration.rigs.receiver import HookReceiver


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


class TestTest:
    def test_says_that_it_arrived(self, tmp_path: Path, receiver: HookReceiver) -> None:
        """A test event, which says what it is; nothing is left in a database."""
        done = run_here(PrivateDaemon(tmp_path, hooked(receiver)), "notify", "test")

        assert (0, "webhook: delivered\n") == (done.returncode, done.stdout)
        assert ["test"] == [each.json["event"] for each in receiver.received]
        assert not list(tmp_path.glob("*.db"))

    def test_says_what_went_wrong(self, tmp_path: Path, receiver: HookReceiver) -> None:
        """In words, without the secret; the exit status tells scripts."""
        receiver.answer(500)

        done = PrivateDaemon(tmp_path, hooked(receiver)).run("notify", "test")

        assert done.returncode == 1
        assert re.fullmatch(r"webhook: failed: .*500.*\n", done.stdout)

    def test_says_that_nobody_is_told(self, tmp_path: Path) -> None:
        """And what to set."""
        done = run_here(PrivateDaemon(tmp_path), "notify", "test")

        assert done.returncode == 1
        assert "nobody gets alerts: set WEBHOOK_ENABLED, MAIL_ENABLED" in done.stdout


def postponed(daemon: PrivateDaemon) -> bool:
    """Put off what failed to tomorrow, unless it is being tried this moment."""
    path = daemon.folder / "rateguard.db"
    with closing(sqlite3.connect(path)) as database, database:
        changed = database.execute(
            "UPDATE rateguard_outbox SET due_at = datetime('now', '+1 day')"
            " WHERE error <> '' AND due_at < datetime('now', '+40 seconds')"
        )
    return changed.rowcount == 1


class TestListAndRetry:
    @pytest.mark.long
    def test_what_failed_is_shown_and_repeated(
        self, tmp_path: Path, receiver: HookReceiver
    ) -> None:
        """
        The list has sender, attempts and the last error; retry makes the
        running daemon deliver it, long before it would have been due; then
        nothing waits.
        """
        receiver.answer(404)
        with PrivateDaemon(tmp_path, hooked(receiver)) as daemon:
            assert (
                run_here(daemon, "notify", "list").stdout == "no alerts are waiting\n"
            )
            daemon.ask("anna@example.org")
            until(lambda: postponed(daemon))

            (line,) = run_here(daemon, "notify", "list").stdout.splitlines()
            assert re.search(
                r"^1  .*  quota_reached  anna@example.org  webhook  due .*"
                r"  attempts [1-9]  .*404",
                line,
            )

            receiver.answer(200)
            assert run_here(daemon, "notify", "retry", "1").stdout == "1 due now\n"
            until(lambda: lines(daemon, "delivered to webhook", " INFO "))
            assert (
                run_here(daemon, "notify", "list").stdout == "no alerts are waiting\n"
            )

    @pytest.mark.parametrize("words", [[], ["1", "--all"]])
    def test_wants_numbers_or_all(self, tmp_path: Path, words: list[str]) -> None:
        """Neither or both is a wrong command line."""
        done = run_here(PrivateDaemon(tmp_path), "notify", "retry", *words)

        assert done.returncode == 2
        assert "or --all" in done.stderr

    def test_says_what_it_does_not_know(self, tmp_path: Path) -> None:
        """A number that waits for nothing is told."""
        rateguard = PrivateDaemon(tmp_path)
        ready_file(tmp_path / "rateguard.db")

        done = run_here(rateguard, "notify", "retry", "7")

        assert (1, "0 due now\n") == (done.returncode, done.stdout)
        assert "delivered already" in done.stderr

    def test_needs_the_table(self, tmp_path: Path) -> None:
        """Before ``migrate`` there is nothing to show; one line says what to do."""
        done = run_here(PrivateDaemon(tmp_path), "notify", "list")

        assert done.returncode == 1
        assert "run: rateguard migrate" in done.stderr
