"""
Everything that shows.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
import uuid

from pathlib import Path

import pytest

from tests.integration.operators import Operator
from tests.integration.rigs.daemon import PrivateDaemon, command


SHOWN_EVIL = r"x[red]\x1b[31m\r@example.org"


class TestSenderList:
    def test_has_senders_by_what_is_asked(self, operator: Operator) -> None:
        """
        Numbers as numbers, the busiest first; times with an offset.
        """
        rows = operator.json("sender", "list", "--containing", "a@")
        (anna,) = rows

        assert ("anna@example.org", 4, 4, 3, 133, True) == tuple(
            anna[key]
            for key in ("sender", "messages", "recipients", "quota", "share",
                        "over_quota")
        )  # fmt: skip
        assert re.fullmatch(r"20\d\d-.*T.*\+00:00", anna["changed_at"])

    @pytest.mark.parametrize(
        ("words", "names"),
        [
            (["--over-quota"], ["anna@example.org"]),
            (["--sort", "sender", "--limit", "1"], ["anna@example.org"]),
            (
                ["--sort", "sender", "--limit", "1", "--offset", "1"],
                ["ben@example.org"],
            ),
            (["--containing", "nobody"], []),
            (["--suspended", "--containing", "anna"], []),
        ],
    )
    def test_is_filtered(
        self, operator: Operator, words: list[str], names: list[str]
    ) -> None:
        """
        As on the command line.
        """
        found = operator.json("sender", "list", "--containing", "@example.org", *words)

        assert names == [each["sender"] for each in found]

    def test_tells_that_there_is_more(self, operator: Operator) -> None:
        """
        And how to see it; not where a script reads.
        """
        result = operator.run("sender", "list", "--limit", "1")

        assert "more: --offset 1\n" == result.stderr
        assert 2 == len(result.stdout.splitlines())

    def test_of_strangers_names_is_text(self, operator: Operator) -> None:
        """
        In a table and in CSV nothing is told to the terminal.
        """
        for shape in ([], ["--csv"]):
            shown = operator.done("sender", "list", *shape)
            assert SHOWN_EVIL in shown
            assert shown.replace("\n", "").isprintable()

    def test_as_csv(self, operator: Operator) -> None:
        """
        With a heading.
        """
        text = operator.done("sender", "list", "--containing", "anna", "--csv")
        (row,) = csv.DictReader(io.StringIO(text))

        assert ("anna@example.org", "4", "true") == (
            row["sender"], row["messages"], row["over_quota"],
        )  # fmt: skip


class TestSenderTop:
    @pytest.mark.parametrize(
        "by", ["recipients", "messages", "total", "blocked", "share"]
    )
    def test_has_the_busiest(self, operator: Operator, by: str) -> None:
        """
        By each of them it is anna.
        """
        rows = operator.json("sender", "top", "--by", by, "--limit", "1")

        assert ["anna@example.org"] == [row["sender"] for row in rows]

    def test_of_the_blocked_counts_today(self, operator: Operator) -> None:
        """
        One message was over the quota of 3.
        """
        (row,) = operator.json("sender", "top", "--by", "blocked")

        assert (1, 1, True) == (
            row["blocked"], row["blocked_recipients"], row["over_quota"],
        )  # fmt: skip

    def test_watches(self, operator: Operator) -> None:
        """
        Again and again, until told to stop.
        """
        daemon = operator.daemon
        with subprocess.Popen(
            command("sender", "top", "--watch", "0.1"),
            env=daemon.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as watching:
            assert watching.stdout is not None
            headings = 0
            while headings < 2:
                headings += watching.stdout.readline().startswith("SENDER")
            watching.send_signal(2)
            _, stderr = watching.communicate(timeout=30)
        assert (0, "") == (watching.returncode, stderr)


class TestSenderShow:
    def test_has_everything(self, operator: Operator) -> None:
        """
        Counters, where mail came from, last messages, history.
        """
        shown = operator.json("sender", "show", " Anna@Example.org")

        assert (4, 133) == (shown["messages"], shown["share"])
        clients = [(each["address"], each["messages"]) for each in shown["clients"]]
        assert [("192.0.2.0", 2), ("192.0.2.1", 2)] == clients
        ids = [each["queue_id"] for each in shown["last_messages"]]
        assert ["4Qa3", "4Qa2", "4Qa1", "4Qa0"] == ids
        assert [] == shown["history"]

    def test_to_people(self, operator: Operator) -> None:
        """
        The same in words.
        """
        shown = operator.done("sender", "show", "anna@example.org")

        for fact in ("4 messages to 4 recipients: 133 %", "over quota", "192.0.2.1",
                     "4Qa3", "mx.example.net", "nothing was changed"):  # fmt: skip
            assert fact in shown

    def test_does_not_know_a_stranger(self, operator: Operator) -> None:
        """
        Says so in a line.
        """
        result = operator.run("sender", "show", "nobody@example.org")

        assert (1, "") == (result.exit_code, result.stdout)
        assert "rateguard: no sender nobody@example.org: " in result.stderr


class TestMessages:
    @pytest.mark.parametrize(
        ("words", "ids"),
        [
            (["--sender", "ANNA@example.org"], ["4Qa3", "4Qa2", "4Qa1", "4Qa0"]),
            (["--blocked"], ["4Qa3"]),
            (["--sender", "anna@example.org", "--accepted"], ["4Qa2", "4Qa1", "4Qa0"]),
            (["--client", "192.0.2.1"], ["4Qa3", "4Qa1"]),
            (["--client", "mx.ex", "--limit", "1"], ["4Qa3"]),
            (["--queue-id", "4Qb"], ["4Qb"]),
            (["--queue-id", "4Qb", "--until", "-1h"], []),
            (["--queue-id", "4Qb", "--since", "-1h"], ["4Qb"]),
        ],
    )
    def test_are_those_asked_for(
        self, operator: Operator, words: list[str], ids: list[str]
    ) -> None:
        """
        The newest first.
        """
        assert ids == [each["queue_id"] for each in operator.json("messages", *words)]

    def test_say_how_far_they_look_back(self, operator: Operator) -> None:
        """
        Where nobody said; not where a script reads.
        """
        shown = operator.run("messages", "--limit", "1")

        assert "; --since looks further back\n" in shown.stderr
        assert "there are more than --limit 1\n" in shown.stderr
        assert "" == operator.run("messages", "--since", "-1h").stderr

    def test_refuse_a_time_that_is_none(self, operator: Operator) -> None:
        """
        With those that are.
        """
        result = operator.run("messages", "--since", "yesterday")

        assert 2 == result.exit_code
        assert "expected 2026-12-01, 2026-12-01 18:00, 18:00, -3d" in result.stderr


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_prints_a_script(self, operator: Operator, shell: str) -> None:
        """
        For each shell.
        """
        assert f"_RATEGUARD_COMPLETE={shell}_complete" in operator.done(
            "completion", shell
        )

    def test_has_names_of_senders(self, operator: Operator) -> None:
        """
        Those that begin so.
        """
        result = operator.run(
            COMP_WORDS="rateguard sender show an",
            COMP_CWORD="3",
            _RATEGUARD_COMPLETE="bash_complete",
        )
        assert "plain,anna@example.org\n" == result.stdout

    def test_is_silent_without_a_store(self, tmp_path: Path) -> None:
        """
        No name, no word, and no database is made.
        """
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
        """
        ``| head`` ends a command without a word.
        """
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
        """
        What it cannot have is escaped.
        """
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
    """
    One line says what to do; none is made.
    """
    path = tmp_path / "none.db"
    nowhere = Operator(PrivateDaemon(tmp_path, {"DB_DATABASE": str(path)}))
    result = nowhere.run(*words)

    assert (1, "") == (result.exit_code, result.stdout)
    (line,) = [each for each in result.stderr.splitlines() if "none.db" in each]
    assert "there is no database yet; run: rateguard migrate" in line
    assert not path.exists()
