"""The command line: its help, and ``rateguard migrate``."""

from __future__ import annotations

import re
import sqlite3

from contextlib import closing
from pathlib import Path

import pytest

from click.testing import CliRunner

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session
from tests.integration.daemons import on_mariadb
from tests.integration.operating.operators import run_here
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.ready import ready_file


COMMANDS = [
    *("ask", "check-config", "cleanup", "completion", "doctor", "history", "import"),
    *("incident", "messages", "migrate", "notify", "sender", "serve", "status"),
]


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return {name for (name,) in connection.execute(query)}


class TestHelp:
    def test_version(self, tmp_path: Path) -> None:
        """``--version`` is one line with the version."""
        done = PrivateDaemon(tmp_path).run("--version")
        assert done.returncode == 0
        assert re.fullmatch(r"rateguard, version \d+\.\d+\.\d+\n", done.stdout)

    def test_names_commands_and_exit_codes(self, tmp_path: Path) -> None:
        """``--help`` lists every command and what the exit status says."""
        done = PrivateDaemon(tmp_path).run("--help")
        assert done.returncode == 0
        shown = re.findall(r"^  ([a-z]\S+)  ", done.stdout, re.MULTILINE)
        assert sorted(shown) == sorted(COMMANDS)
        text = " ".join(done.stdout.split())
        assert (
            "Exit status: 0 success, 1 failure, 2 wrong settings or a wrong command"
            " line."
        ) in text

    @pytest.mark.parametrize("option", ["-h", "--help"])
    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_each_command(self, command: str, option: str) -> None:
        """Each command explains itself, also where the settings are wrong."""
        wrong = {"QUOTA": "many"}
        done = CliRunner().invoke(
            main,
            [command, option],
            obj=session(),
            env=wrong,
            prog_name="rateguard",
        )
        assert done.exit_code == 0
        assert done.output.startswith(f"Usage: rateguard {command} [OPTIONS]")

    @pytest.mark.parametrize("words", [["serf"], ["migrate", "--chek"], ["ask"]])
    def test_wrong_words(self, words: list[str]) -> None:
        """A wrong command line exits 2, like wrong settings."""
        done = CliRunner().invoke(main, words, obj=session())
        assert done.exit_code == 2
        assert "Usage: " in done.output

    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            (["stauts"], "no such command: stauts; did you mean status?"),
            (["sender", "supsend"], "no such command: supsend; did you mean suspend?"),
            (["migrate", "--chek"], "--check"),
        ],
    )
    def test_mistyped_words(self, words: list[str], meant: str) -> None:
        """What may have been meant is told."""
        assert meant in CliRunner().invoke(main, words, obj=session()).stderr

    def test_strange_words(self) -> None:
        """Nothing is suggested for what is like nothing."""
        done = CliRunner().invoke(main, ["xyz"], obj=session())
        assert "Error: no such command: xyz\n" in done.stderr


class TestMigrate:
    def test_sqlite(self, tmp_path: Path) -> None:
        """
        ``migrate --check`` exits 1 and names what is pending, and changes
        nothing; ``migrate`` applies just that; then ``--check`` exits 0 and a
        second run has nothing to do.
        """
        command = PrivateDaemon(tmp_path, {"DB_DATABASE": "my.db"})
        before = command.run("migrate", "--check")
        pending = re.findall(
            r"^pending: (rateguard-\d{4}\S+)$", before.stdout, re.MULTILINE
        )
        assert (before.returncode, before.stderr) == (1, "")
        assert pending == sorted(pending) != []
        assert _tables(tmp_path / "my.db") == set()

        done = command.run("migrate")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [f"applied: {each}" for each in pending]
        assert {"ratelimits", "messages"} < _tables(tmp_path / "my.db")

        after = run_here(command, "migrate", "--check")
        assert (after.returncode, after.stdout, after.stderr) == (0, "", "")
        again = run_here(command, "migrate")
        assert (again.returncode, again.stdout) == (0, "nothing to do\n")

    def test_server(self, tmp_path: Path, mariadb: PrivateMariaDb) -> None:
        """The same on a server."""
        database = mariadb.create_database()
        command = PrivateDaemon(tmp_path, on_mariadb(mariadb, database))
        steps = [
            run_here(command, "migrate", *words)
            for words in (["--check"], [], ["--check"])
        ]
        mariadb.drop_database(database)

        assert [step.returncode for step in steps] == [1, 0, 0]
        assert steps[0].stdout.replace("pending", "applied") == steps[1].stdout

    def test_no_server(self, tmp_path: Path, mariadb: PrivateMariaDb) -> None:
        """
        A database that is not there is an error of one line, without the
        password.
        """
        settings = on_mariadb(mariadb, "no_such_database")
        for words in ([], ["--check"]):
            done = run_here(PrivateDaemon(tmp_path, settings), "migrate", *words)
            (line,) = done.stderr.splitlines()
            assert (done.returncode, done.stdout) == (1, "")
            assert line.startswith("rateguard: ")
            assert "no_such_database" in line
            assert mariadb.password not in line

    def test_a_killed_runs_lock(self, tmp_path: Path) -> None:
        """
        The lock that a killed run left behind is removed with
        ``--break-lock``.
        """
        command = PrivateDaemon(tmp_path)
        ready_file(tmp_path / "rateguard.db")
        with closing(sqlite3.connect(tmp_path / "rateguard.db")) as connection:
            connection.execute(
                "INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, '2026-01-01', 1)"
            )
            connection.commit()
            done = run_here(command, "migrate", "--break-lock")
            assert (done.returncode, done.stdout) == (0, "nothing to do\n")
            assert connection.execute("SELECT * FROM yoyo_lock").fetchall() == []
