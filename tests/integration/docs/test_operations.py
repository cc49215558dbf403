"""
The SQL and the commands of docs/daily-operation.md and docs/incidents.md, and the
database of docs/installation.md, work as they stand.
"""

from __future__ import annotations

import shlex
import sqlite3

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from click.testing import CliRunner

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session
from tests.integration.daemons import REFUSED
from tests.integration.docs.pages import Block, blocks, settings_of
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb


JANE = "jane@example.com"

PAGES = {"daily-operation.md", "incidents.md", "installation.md"}
PAGE = [block for block in blocks() if block.page in PAGES]


def piece(language: str, containing: str) -> Block:
    """Return the one piece of code of that language with that text."""
    (found,) = [
        each for each in PAGE if each.language == language and containing in each.text
    ]
    return found


def statements(containing: str) -> list[str]:
    """Return the statements of a piece of SQL."""
    text = piece("sql", containing).text
    return [each for each in map(str.strip, text.split(";")) if each]


def run(daemon: PrivateDaemon, statement: str) -> list[tuple[object, ...]]:
    """Run a statement on the daemon's file, beside it."""
    with closing(sqlite3.connect(daemon.folder / "rateguard.db")) as database:
        rows = database.execute(statement).fetchall()
        database.commit()
        return rows


class TestCommands:
    def test_do_what_they_say(self, tmp_path: Path) -> None:
        """Those of an incident and those about quotas, one after the other."""
        steps = ("sender top\n", "sender suspend", "sender release", "sender raise")
        lines = "".join(piece("sh", step).text for step in steps).splitlines()
        settings = {
            "QUOTA": "1",
            "SOCKET": str(tmp_path / "policy"),
            "DB_DATABASE": str(tmp_path / "rateguard.db"),
        }
        answers = {}
        with PrivateDaemon(tmp_path, settings) as daemon:
            for line in ["rateguard cleanup", *lines]:
                _, *words = shlex.split(line)
                done = CliRunner().invoke(main, words, obj=session(), env=daemon.env)
                assert done.exit_code == 0, done.output
                answers[" ".join(words[:2])] = daemon.ask(JANE)

        assert "DUNNO" == answers["cleanup"]
        assert REFUSED == answers["status"] == answers["sender top"]
        assert "is suspended" in answers["sender suspend"]
        assert REFUSED == answers["sender release"]
        assert "DUNNO" == answers["sender reset"] == answers["sender raise"]
        assert "DUNNO" == answers["sender set"]


class TestQuotas:
    def test_are_set_for_now_for_ever_and_to_nothing(self, tmp_path: Path) -> None:
        """Each statement holds from the next message on, and as long as it says."""
        until_reset, for_ever, blocked = statements("quota_locked = 1")
        with PrivateDaemon(tmp_path, {"QUOTA": "1"}) as daemon:
            answers = [daemon.ask(JANE, recipient_count=2)]
            for statement in (until_reset, "", for_ever, "", blocked, ""):
                if statement:
                    run(daemon, statement)
                else:
                    assert daemon.run("cleanup").returncode == 0
                answers.append(daemon.ask(JANE, recipient_count=2))

        passed = "DUNNO"
        assert answers == [
            *(REFUSED, passed, REFUSED),
            *(passed, passed),
            *(REFUSED, REFUSED),
        ]


class TestForgetting:
    def test_leaves_no_row(self, tmp_path: Path) -> None:
        """Of the one person, and all of the others'."""
        other = "other@example.com"
        webhook = {
            "WEBHOOK_ENABLED": "true",
            "WEBHOOK_URL": "http://127.0.0.1:9/",
            "WEBHOOK_SECRET": "secret",
        }
        tables = ("messages", "rateguard_outbox", "ratelimits")
        with PrivateDaemon(tmp_path, {"QUOTA": "0", **webhook}) as daemon:
            daemon.ask(JANE)
            daemon.ask(other)
            before = [run(daemon, f"SELECT sender FROM {each}") for each in tables]
            for statement in statements("DELETE"):
                run(daemon, statement)
            after = [run(daemon, f"SELECT sender FROM {each}") for each in tables]

        assert [2, 2, 2] == [len(rows) for rows in before]
        assert [[(other,)]] * 3 == after


class TestBackup:
    def test_of_a_file_in_use_has_everything(self, tmp_path: Path) -> None:
        """
        Taken beside the daemon, put in the place of the file, it has what was
        counted.
        """
        copy = tmp_path / "copy.db"
        _, statement, _ = piece("sh", "VACUUM").text.split('"')
        with PrivateDaemon(tmp_path, {"QUOTA": "5"}) as daemon:
            daemon.ask(JANE, recipient_count=5)
            run(daemon, statement.replace("/var/backups/rateguard.db", str(copy)))
            daemon.stop()
            copy.replace(tmp_path / "rateguard.db")
            daemon.start()
            answer = daemon.ask(JANE)

        assert REFUSED == answer


@pytest.fixture
def prepared(mariadb: PrivateMariaDb) -> Iterator[dict[str, str]]:
    """The database and the user of the page; the settings to reach them."""
    for statement in statements("GRANT"):
        mariadb.execute(statement)
    settings = settings_of(piece("ini", "DB_PASSWORD"))
    assert "/run/mysqld/mysqld.sock" == settings["DB_HOST"]
    yield {**settings, "DB_HOST": str(mariadb.socket)}
    mariadb.drop_database("policyd-rate-guard")
    mariadb.execute("DROP USER `policyd-rate-guard`@localhost")


class TestServer:
    def test_is_prepared_so(self, prepared: dict[str, str], tmp_path: Path) -> None:
        """
        With the page's database, user and settings ``migrate`` and the daemon
        work.
        """
        daemon = PrivateDaemon(tmp_path, {"QUOTA": "1", **prepared})
        assert daemon.run("migrate").returncode == 0
        with daemon:
            answers = [daemon.ask(JANE), daemon.ask(JANE)]

        assert ["DUNNO", REFUSED] == answers

    def test_needs_little_for_the_daemon(
        self, prepared: dict[str, str], mariadb: PrivateMariaDb, tmp_path: Path
    ) -> None:
        """Rows are all that it has to read and write; see docs/security.md."""
        daemon = PrivateDaemon(tmp_path, {"QUOTA": "1", **prepared})
        assert daemon.run("migrate").returncode == 0
        who = "`policyd-rate-guard`@localhost"
        mariadb.execute(f"REVOKE ALL ON `policyd-rate-guard`.* FROM {who}")
        mariadb.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON `policyd-rate-guard`.* TO {who}"
        )
        with daemon:
            answers = [daemon.ask(JANE), daemon.ask(JANE)]
            assert daemon.run("cleanup").returncode == 0
            answers.append(daemon.ask(JANE))

        assert ["DUNNO", REFUSED, "DUNNO"] == answers
