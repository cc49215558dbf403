"""Where settings come from, and what is said about them."""

from __future__ import annotations

import os

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.integration.daemons import lines
from tests.integration.operating.operators import run_here
from tests.integration.rigs import free_port
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.ready import ready_file
from tests.integration.rigs.requirements import require


def _check(
    folder: Path, *options: str, **settings: str
) -> tuple[CompletedProcess[str], dict[str, str]]:
    """Run ``check-config``; return it and the settings that it printed."""
    done = run_here(PrivateDaemon(folder, settings), *options, "check-config")
    printed = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return done, {name: text for name, _, text in (p.partition("=") for p in printed)}


class TestCheckConfig:
    def test_prints_what_is_in_force(self, tmp_path: Path) -> None:
        """
        Every setting is printed with the value in force, defaults included.
        It does not start anything.
        """
        done, found = _check(tmp_path, QUOTA=" 42 ", LOG_LEVEL="debug")
        assert (done.returncode, done.stderr) == (0, "")
        assert found["QUOTA"] == "42"
        assert found["SOCKET"] == "127.0.0.1,0"
        assert found["ACTION_TEXT_BLOCKED"] == "Rate limit reached, retry later."
        assert found["DB_DRIVER"] == "sqlite3"
        assert list(tmp_path.iterdir()) == []

    def test_tells_that_most_senders_have_another_quota(self, tmp_path: Path) -> None:
        """And what gives them that of QUOTA; not once they have it."""
        ready_file(tmp_path / "rateguard.db")
        database = PrivateDaemon(tmp_path)
        names = ("a@example.org", "b@example.org")
        run_here(database, "sender", "set", *names, "--quota", "100", "--create")

        done, found = _check(tmp_path, QUOTA="50")
        assert (0, "50") == (done.returncode, found["QUOTA"])
        assert done.stderr == (
            "rateguard: 2 senders have a quota of 100; QUOTA applies only to new"
            " senders; rateguard sender set --quota-was 100 --quota 50\n"
        )
        assert "" == _check(tmp_path, QUOTA="100")[0].stderr

    def test_is_not_held_up_by_a_database(self, tmp_path: Path) -> None:
        """That cannot be asked."""
        done, found = _check(tmp_path, DB_HOST="127.0.0.1", DB_PORT=str(free_port()))
        assert (0, "", "1000") == (done.returncode, done.stderr, found["QUOTA"])

    def test_masks_secrets(self, tmp_path: Path) -> None:
        """A password is not shown; that there is one is."""
        done, found = _check(tmp_path, DB_PASSWORD="open sesame")
        assert done.returncode == 0
        assert found["DB_PASSWORD"] == "***"
        assert "sesame" not in done.stdout + done.stderr
        assert _check(tmp_path)[1]["DB_PASSWORD"] == ""

    @pytest.mark.parametrize("command", ["check-config", "serve"])
    def test_all_errors_at_once(self, tmp_path: Path, command: str) -> None:
        """
        Every wrong value is told, a line each, with its name and what was
        expected; the exit status is 2 and nothing is started. A wrong secret
        is not shown.
        """
        wrong = {
            "QUOTA": "many",
            "SOCKET": "10033",
            "ACTION_TEXT_BLOCKED": "two\nlines",
            "DB_PASSWORD": "open\nsesame",
            "LOG_CONSOLE": "maybe",
        }
        done = PrivateDaemon(tmp_path, wrong).run(command)
        told = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (2, "")
        assert {line.split(":")[1].strip() for line in told} == set(wrong)
        assert len(told) == len(wrong)
        assert "rateguard: LOG_CONSOLE: expected true or false, got 'maybe'" in told
        assert "sesame" not in done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_warns_of_a_near_miss(self, tmp_path: Path) -> None:
        """
        A variable that looks like a setting and is none gets a warning with
        the right name, from commands and in the daemon's log; it is no error.
        """
        warning = "QOUTA is not a setting of RateGuard; did you mean QUOTA?"
        near = {"QOUTA": "5", "LOG_LEVELS": "DEBUG", "LOGNAME": "root"}
        done, found = _check(tmp_path, **near)
        assert done.returncode == 0
        assert f"rateguard: {warning}" in done.stderr.splitlines()
        assert "LOG_LEVELS is not a setting" in done.stderr
        assert "LOGNAME" not in done.stderr
        assert found["QUOTA"] == "1000"
        with PrivateDaemon(tmp_path, near) as daemon:
            assert len(lines(daemon, "WARNING", warning)) == 1


class TestEnvFile:
    def test_in_the_working_directory(self, tmp_path: Path) -> None:
        """
        ``.env`` in the working directory is read; the real environment wins,
        and what neither sets has its default.
        """
        (tmp_path / ".env").write_text(
            "# ours\nQUOTA=7\nexport LOG_LEVEL='ERROR'\nDB_TIMEOUT=3\n", "utf-8"
        )
        done, found = _check(tmp_path, DB_TIMEOUT="4")
        assert done.returncode == 0
        assert done.stdout.splitlines()[0] == "# settings file: .env"
        assert [found[name] for name in ("QUOTA", "LOG_LEVEL", "DB_TIMEOUT")] == [
            *("7", "ERROR", "4")
        ]
        assert found["ACTION_ACCEPTED"] == "DUNNO"

    def test_of_somebody_else_is_not_obeyed_by_root(self, tmp_path: Path) -> None:
        """
        Who can write to a folder in which root runs a command would have his
        templates run by root. It is told, and what to do.
        """
        require("postfix", None if os.geteuid() == 0 else "run the tests as root")
        left = tmp_path / ".env"
        left.write_text("QUOTA=7\n", "utf-8")
        os.chown(left, 1, 1)
        done, _ = _check(tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "root does not read it" in done.stderr
        assert _check(tmp_path, "--env-file", ".env")[1]["QUOTA"] == "7"

    def test_is_what_the_daemon_runs_with(self, tmp_path: Path) -> None:
        """The daemon reads it like every other command."""
        (tmp_path / ".env").write_text("QUOTA=1\nACTION_ACCEPTED=OK\n", "utf-8")
        with PrivateDaemon(tmp_path) as daemon:
            assert daemon.ask("a@example.org") == "OK"
            assert daemon.ask("a@example.org").startswith("DEFER_IF_PERMIT ")

    def test_named(self, tmp_path: Path) -> None:
        """``--env-file`` names the file; then ``.env`` is not read at all."""
        named = tmp_path / "named.env"
        named.write_text("QUOTA=8\n", "utf-8")
        (tmp_path / ".env").write_text("QUOTA=7\nDB_TIMEOUT=3\n", "utf-8")
        done, found = _check(tmp_path, "--env-file", str(named))
        assert done.stdout.splitlines()[0] == f"# settings file: {named}"
        assert (found["QUOTA"], found["DB_TIMEOUT"]) == ("8", "5")
        assert _check(tmp_path, "--env-file", str(named), QUOTA="9")[1]["QUOTA"] == "9"

    def test_named_but_missing(self, tmp_path: Path) -> None:
        """
        A file that is named has to be there: else it is an error, and .env is
        no substitute.
        """
        (tmp_path / ".env").write_text("QUOTA=7\n", "utf-8")
        missing = tmp_path / "missing.env"
        done, _ = _check(tmp_path, "--env-file", str(missing))
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert line == f"rateguard: --env-file {missing}: there is no such file"

    def test_values_are_taken_as_they_are(self, tmp_path: Path) -> None:
        """
        Nothing in a value is replaced, so that a password may be anything; a
        file that is not text is an error of one line.
        """
        (tmp_path / ".env").write_text("DB_USER='a${HOME}$b'\n", "utf-8")
        assert _check(tmp_path)[1]["DB_USER"] == "a${HOME}$b"
        (tmp_path / ".env").write_bytes(b"QUOTA=\xff\xfe\n")
        done, _ = _check(tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
