"""Orders: what a running daemon makes of them, and who gave them."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.integration.daemons import REFUSED, SUSPENDED, a_sender
from tests.integration.operating.operators import Operator


class TestOnADaemon:
    def test_suspend_and_release(self, operator: Operator) -> None:
        """
        The next message is deferred, the one after the release admitted; the
        history tells who, what and why.
        """
        sender, ask = a_sender(), operator.daemon.ask
        assert "DUNNO" == ask(sender)

        said = operator.done("sender", "suspend", sender, "--reason", "stolen [b]x")
        assert sender in said
        assert SUSPENDED == ask(sender)
        operator.done("sender", "release", sender)
        assert "DUNNO" == ask(sender)

        release, suspend = operator.json("history", sender)
        assert ("release", "suspend") == (release["action"], suspend["action"])
        assert ("jane", "stolen [b]x") == (suspend["by"], suspend["reason"])
        changed = {"name": "suspended", "before": "no", "after": "yes"}
        assert [changed] == suspend["changes"]
        shown = operator.done("sender", "show", sender)
        assert "suspended no -> yes" in shown
        assert "stolen [b]x" in shown

    def test_raise(self, operator: Operator) -> None:
        """More is admitted at once, and it is told until when."""
        sender, ask = a_sender(), operator.daemon.ask
        assert REFUSED == [ask(sender) for _ in range(4)][-1]

        operator.done("sender", "raise", sender, "--quota", "9", "--until", "+3h")
        assert "DUNNO" == ask(sender)
        (row,) = operator.json("sender", "list", "--containing", sender, "--raised")
        assert (9, 9, 3) == (
            row["raised_quota"], row["quota_in_force"], row["quota"],
        )  # fmt: skip
        end = dt.datetime.fromisoformat(row["raised_until"])
        away = end - dt.datetime.now(dt.UTC)
        assert dt.timedelta(hours=2.9) < away < dt.timedelta(hours=3.1)

    def test_raise_by(self, operator: Operator) -> None:
        """So many more are admitted than were asked for, blocked ones included."""
        sender, ask = a_sender(), operator.daemon.ask
        assert [REFUSED] * 3 == [ask(sender) for _ in range(6)][3:]

        operator.done("sender", "raise", sender, "--by", "2")
        assert ["DUNNO", "DUNNO", REFUSED] == [ask(sender) for _ in range(3)]

    @pytest.mark.parametrize(
        ("words", "still"),
        [(["raise", "--quota", "4"], "still "), (["set", "--quota", "4"], "")],
    )
    def test_that_leaves_a_sender_over_its_quota(
        self, operator: Operator, words: list[str], still: str
    ) -> None:
        """It is told, and what helps; not when it is within the quota."""
        sender = a_sender()
        for _ in range(6):
            operator.daemon.ask(sender)
        said = operator.done("sender", *words, sender)

        assert said.endswith(
            f"\n{sender} is {still}over its quota: 6 counted (blocked tries included),"
            f" quota 4; to admit more: rateguard sender raise {sender} --by 100\n"
        )
        assert "over its quota" not in operator.done(
            "sender", "set", sender, "--quota", "6"
        )

    def test_set_lock_and_reset(self, operator: Operator) -> None:
        """Each does what it says; saying it twice changes nothing."""
        sender = a_sender()
        operator.daemon.ask(sender)
        for words in (["set", "--quota", "7"], ["lock"], ["reset"]):
            operator.done("sender", *words, sender)
        again = operator.done("sender", "lock", sender)

        row = operator.json("sender", "show", sender)
        assert (7, 7, True, 0) == (
            row["quota"], row["quota_reset"], row["locked"], row["messages"],
        )  # fmt: skip
        assert "nothing to change" in again
        assert ["reset", "lock", "set"] == [each["action"] for each in row["history"]]
        operator.done("sender", "unlock", sender)
        assert not operator.json("sender", "show", sender)["locked"]

    def test_on_a_server(self, server_operator: Operator) -> None:
        """The same on MariaDB, with all that shows it."""
        operator, sender = server_operator, "ben@example.org"
        operator.done("sender", "suspend", sender, "--reason", "why")
        assert SUSPENDED == operator.daemon.ask(sender)

        shown = operator.json("sender", "show", sender)
        assert (True, 2) == (shown["suspended"], shown["messages"])
        assert "why" == shown["history"][0]["reason"]
        rows = operator.json("sender", "top", "--by", "blocked")
        assert {"anna@example.org", sender} == {row["sender"] for row in rows}
        found = operator.json("messages", "--queue-id", "4Qb")
        assert [sender] == [each["sender"] for each in found]
        status = operator.json("status")
        assert (3, 6) == (status["senders"]["senders"], status["today"]["messages"] - 1)


class TestUnknownSender:
    @pytest.mark.parametrize(
        "words", [["set", "--quota", "1"], ["raise", "--quota", "9"], ["lock"],
                  ["suspend"]],
    )  # fmt: skip
    def test_needs_create(self, operator: Operator, words: list[str]) -> None:
        """So that a typo makes no row."""
        sender = a_sender()
        refused = operator.run("sender", *words, sender)
        assert 1 == refused.exit_code
        assert f"unknown sender {sender} (has never sent mail)" in refused.stderr
        assert "add --create to create it" in refused.stderr
        assert [] == operator.json("sender", "list", "--containing", sender)

        operator.done("sender", *words, sender, "--create")
        (row,) = operator.json("sender", "list", "--containing", sender)
        assert (sender, 0) == (row["sender"], row["messages"])

    def test_may_be_mistyped(self, operator: Operator) -> None:
        """Then it is told who may have been meant."""
        problem = "rateguard: unknown sender anna@exmaple.org (has never sent mail); "
        meant = "did you mean anna@example.org?"

        shown = operator.run("sender", "show", "anna@exmaple.org")
        assert f"{problem}{meant}\n" == shown.stderr
        locked = operator.run("sender", "lock", "Anna@exmaple.org")
        assert f"{problem}{meant} or add --create to create it\n" == locked.stderr
        released = operator.run("sender", "release", "x" * 9)
        assert "(has never sent mail); see rateguard sender list" in released.stderr


class TestRemove:
    def test_asks(self, operator: Operator) -> None:
        """Unless told not to; the history stays."""
        sender = a_sender()
        operator.daemon.ask(sender)
        kept = operator.run("sender", "remove", sender)
        assert 1 == kept.exit_code
        assert f"Delete {sender} and its counters?" in kept.stdout
        assert operator.json("sender", "list", "--containing", sender)

        operator.done("sender", "remove", sender, "--yes", "--reason", "left")
        assert [] == operator.json("sender", "list", "--containing", sender)
        (change,) = operator.json("history", sender)
        assert ("remove", "left") == (change["action"], change["reason"])


class TestWrongOrders:
    @pytest.mark.parametrize(
        ("words", "status", "problem"),
        [
            (["raise", "ben@example.org", "--quota", "1"], 1, "this is not a raise"),
            (["raise", "ben@example.org", "--quota", "9", "--until", "2020-01-01"], 1,
             "the end of the raise (--until) is in the past"),
            (["raise", "ben@example.org", "--quota", "9", "--until", "soon"], 2,
             "expected 2026-12-01"),
            (["raise", "ben@example.org"], 2, "give either --quota or --by"),
            (["raise", "ben@example.org", "--quota", "9", "--by", "9"], 2,
             "give either --quota or --by"),
            (["raise", "ben@example.org", "--by", "0"], 2, "--by"),
            (["raise", "ben@example.org", "--by", "1"], 1, "admits 1 more already"),
            (["set", "ben@example.org", "--quota", "-1"], 2, "--quota"),
            (["set", "ben@example.org"], 2, "--quota"),
        ],
    )  # fmt: skip
    def test_are_refused(
        self, operator: Operator, words: list[str], status: int, problem: str
    ) -> None:
        """With the reason, and nothing is changed."""
        result = operator.run("sender", *words)

        assert (status, "") == (result.exit_code, result.stdout)
        assert problem in result.stderr
