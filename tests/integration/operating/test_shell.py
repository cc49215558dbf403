"""Shells: completion, pipes, encodings, and no database."""

from __future__ import annotations

import subprocess
import uuid

from pathlib import Path

import pytest

from tests.integration.operating.operators import Operator
from tests.integration.rigs.daemon import PrivateDaemon, command


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_prints_a_script(self, operator: Operator, shell: str) -> None:
        """For each shell."""
        assert f"_RATEGUARD_COMPLETE={shell}_complete" in operator.done(
            "completion", shell
        )

    def test_has_names_of_senders(self, operator: Operator) -> None:
        """Those that begin so."""
        result = operator.run(
            COMP_WORDS="rateguard sender show an",
            COMP_CWORD="3",
            _RATEGUARD_COMPLETE="bash_complete",
        )
        assert "plain,anna@example.org\n" == result.stdout

    def test_is_silent_without_a_store(self, tmp_path: Path) -> None:
        """No name, no word, and no database is made."""
        path = tmp_path / "none.db"
        nowhere = Operator(PrivateDaemon(tmp_path, {"DB_DATABASE": str(path)}))
        result = nowhere.run(
            COMP_WORDS="rateguard sender show an",
            COMP_CWORD="3",
            _RATEGUARD_COMPLETE="bash_complete",
        )
        assert ("", "") == (result.stdout.strip(), result.stderr)
        assert not path.exists()


class TestPipes:
    def test_may_end_early(self, operator: Operator) -> None:
        """``| head`` ends a command without a word."""
        daemon = operator.daemon
        with subprocess.Popen(
            command("messages", "--json"),
            env=daemon.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as listing:
            assert listing.stdout is not None
            assert listing.stderr is not None
            listing.stdout.close()
            stderr = listing.stderr.read()
        # How far it looks back is all it says.
        assert 1 == len(stderr.splitlines())

    def test_of_any_encoding(self, operator: Operator) -> None:
        """What it cannot have is escaped."""
        name = f"jörg-{uuid.uuid4().hex}"
        operator.daemon.ask(name)
        operator.done("sender", "remove", name, "--yes")
        done = subprocess.run(
            command("history", name),
            env={**operator.daemon.env, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert name.encode("ascii", "backslashreplace") in done.stdout


@pytest.mark.parametrize(
    "words",
    [["sender", "list"], ["sender", "show", "a"], ["sender", "lock", "a"], ["messages"],
     ["history"]],
)  # fmt: skip
def test_without_a_database(tmp_path: Path, words: list[str]) -> None:
    """One line says what to do; none is made."""
    path = tmp_path / "none.db"
    nowhere = Operator(PrivateDaemon(tmp_path, {"DB_DATABASE": str(path)}))
    result = nowhere.run(*words)

    assert (1, "") == (result.exit_code, result.stdout)
    (line,) = [each for each in result.stderr.splitlines() if "none.db" in each]
    assert "there is no database yet; run: rateguard migrate" in line
    assert not path.exists()
