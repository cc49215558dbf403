"""Everything that shows."""

from __future__ import annotations

import csv
import io
import re
import signal
import subprocess

import pytest

from tests.integration.operating.operators import Operator
from tests.integration.rigs.daemon import command


SHOWN_EVIL = r"x[red]\x1b[31m\r@example.org"


class TestSenderList:
    def test_has_senders_by_what_is_asked(self, operator: Operator) -> None:
        """Numbers as numbers, the busiest first; times with an offset."""
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
            (["--containing", " ANNA@ "], ["anna@example.org"]),
        ],
    )
    def test_is_filtered(
        self, operator: Operator, words: list[str], names: list[str]
    ) -> None:
        """As on the command line."""
        found = operator.json("sender", "list", "--containing", "@example.org", *words)

        assert names == [each["sender"] for each in found]

    @pytest.mark.parametrize(
        "words",
        [
            ["sender", "list", "--limit", "99999999999999999999"],
            ["sender", "list", "--offset", "99999999999999999999"],
            ["sender", "top", "--limit", "99999999999999999999"],
            ["messages", "--limit", "99999999999999999999"],
            ["history", "--limit", "99999999999999999999"],
            ["messages", "--until", "0001-01-01T12:00Z"],
        ],
        ids=" ".join,
    )
    def test_has_bounds_that_are_told(
        self, operator: Operator, words: list[str]
    ) -> None:
        """What no database can count to is a wrong command line."""
        result = operator.run(*words)

        assert (2, "") == (result.exit_code, result.stdout)

    @pytest.mark.parametrize(
        ("words", "more"),
        [
            ([], "--after anna@example.org"),
            (["--sort", "sender"], "--after anna@example.org"),
            (["--sort", "messages"], "--offset 1"),
            (["--csv", "--not-suspended"], "--after anna@example.org"),
        ],
    )
    def test_tells_how_to_see_more(
        self, operator: Operator, words: list[str], more: str
    ) -> None:
        """With what to add to the command; not where a script reads."""
        page = ("sender", "list", "--limit", "1", "--containing", "@example.org")
        result = operator.run(*page, *words)

        assert 2 == len(result.stdout.splitlines())
        assert f"more: the same with {more}\n" == result.stderr
        assert "ben@example.org" in operator.done(*page, *words, *more.split())

    def test_tells_nothing_under_the_last_page(self, operator: Operator) -> None:
        """Also where it is full."""
        page = ("sender", "list", "--after", "ben@example.org", "--limit", "1")

        assert "" == operator.run(*page).stderr

    def test_tells_a_script_how_to_see_more(self, operator: Operator) -> None:
        """In the last row of a page that is not the last."""
        page = ("sender", "list", "--limit", "2")
        anna, ben = operator.json(*page)
        (last,) = operator.json(*page, "--after", ben["next"]["after"])
        _, skipped = operator.json(*page, "--sort", "share")

        assert "next" not in anna
        assert "next" not in last
        assert {"offset": 2} == skipped["next"]

    def test_begins_after_a_sender_in_its_order_only(self, operator: Operator) -> None:
        """In another order it is a wrong command line, and told."""
        page = ("sender", "list", "--after", "anna@example.org")
        result = operator.run(*page, "--sort", "share")

        assert (2, "") == (result.exit_code, result.stdout)
        assert "only if sorted by recipients or sender" in result.stderr

    def test_begins_after_no_stranger(self, operator: Operator) -> None:
        """An empty page would look like the end."""
        result = operator.run("sender", "list", "--after", "nobody@example.org")

        assert (1, "") == (result.exit_code, result.stdout)
        assert result.stderr.startswith("rateguard: unknown sender nobody@example.org ")

    def test_of_strangers_names_is_text(self, operator: Operator) -> None:
        """In a table and in CSV nothing is told to the terminal."""
        for shape in ([], ["--csv"]):
            shown = operator.done("sender", "list", *shape)
            assert SHOWN_EVIL in shown
            assert shown.replace("\n", "").isprintable()

    def test_as_csv(self, operator: Operator) -> None:
        """With a heading."""
        text = operator.done("sender", "list", "--containing", "anna", "--csv")
        (row,) = csv.DictReader(io.StringIO(text))

        assert ("anna@example.org", "4", "true") == (
            row["sender"], row["messages"], row["over_quota"],
        )  # fmt: skip


# Whom a shell starts in the background, with all that it starts, does not mind ^C.
MINDING_INTERRUPTS = ("env", "--default-signal=INT")


class TestSenderTop:
    @pytest.mark.parametrize(
        "by", ["recipients", "messages", "total", "blocked", "share"]
    )
    def test_has_the_busiest(self, operator: Operator, by: str) -> None:
        """By each of them it is anna."""
        rows = operator.json("sender", "top", "--by", by, "--limit", "1")

        assert ["anna@example.org"] == [row["sender"] for row in rows]

    def test_of_the_blocked_counts_today(self, operator: Operator) -> None:
        """One message was over the quota of 3."""
        (row,) = operator.json("sender", "top", "--by", "blocked")

        assert (1, 1, True) == (
            row["blocked"], row["blocked_recipients"], row["over_quota"],
        )  # fmt: skip

    @pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1"])
    def test_watches_at_a_time_that_comes(
        self, operator: Operator, seconds: str
    ) -> None:
        """Anything else is a wrong command line."""
        result = operator.run("sender", "top", f"--watch={seconds}")

        assert 2 == result.exit_code
        assert "Error: " in result.stderr

    def test_watches(self, operator: Operator) -> None:
        """Again and again, until told to stop."""
        daemon = operator.daemon
        with subprocess.Popen(
            [*MINDING_INTERRUPTS, *command("sender", "top", "--watch", "0.1")],
            env=daemon.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as watching:
            assert watching.stdout is not None
            headings = 0
            while headings < 2:
                headings += watching.stdout.readline().startswith("SENDER")
            watching.send_signal(signal.SIGINT)
            _, stderr = watching.communicate(timeout=30)
        assert (0, "") == (watching.returncode, stderr)


class TestSenderShow:
    def test_has_everything(self, operator: Operator) -> None:
        """Counters, where mail came from, last messages, history."""
        shown = operator.json("sender", "show", " Anna@Example.org")

        assert (4, 133) == (shown["messages"], shown["share"])
        clients = [(each["address"], each["messages"]) for each in shown["clients"]]
        assert [("192.0.2.0", 2), ("192.0.2.1", 2)] == clients
        ids = [each["queue_id"] for each in shown["last_messages"]]
        assert ["4Qa3", "4Qa2", "4Qa1", "4Qa0"] == ids
        assert [] == shown["history"]

    def test_to_people(self, operator: Operator) -> None:
        """The same in words."""
        shown = operator.done("sender", "show", "anna@example.org")

        for fact in ("4 messages to 4 recipients: 133 %", "over quota", "192.0.2.1",
                     "4Qa3", "mx.example.net", "no changes"):  # fmt: skip
            assert fact in shown

    def test_does_not_know_a_stranger(self, operator: Operator) -> None:
        """Says so in a line."""
        result = operator.run("sender", "show", "nobody@example.org")

        assert (1, "") == (result.exit_code, result.stdout)
        assert (
            "rateguard: unknown sender nobody@example.org (has never sent mail)"
            in result.stderr
        )
