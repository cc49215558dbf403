"""What operators see on a terminal of 80 columns and 24 lines."""

from __future__ import annotations

import re
import uuid

import click
import pytest

from tests.integration.operating.operators import Operator
from tests.integration.operating.terminal import CLEARED, terminal


LONG = "somebody-with.a-very-long-mailbox-name@department.of.example.org"
"""64 characters."""


@pytest.fixture
def long_operator(operator: Operator) -> Operator:
    """An operator of a sender with a long address, too."""
    operator.daemon.ask(
        LONG, queue_id="4cKlong1", client_address="2001:db8::1234:5678:9abc:def0"
    )
    return operator


def drawn(operator: Operator, *words: str) -> list[str]:
    """Return the lines that a command draws, without its colours."""
    with terminal(operator, *words) as shown:
        status, text = shown.end()
    assert 0 == status, text
    return click.unstyle(text).splitlines()


class TestTables:
    @pytest.mark.parametrize(
        "words",
        [
            ["sender", "list"],
            ["sender", "list", "--sort", "share"],
            ["sender", "top", "--limit", "99"],
            ["sender", "top", "--by", "blocked", "--limit", "99"],
            ["messages"],
            ["history"],
            ["sender", "show", LONG],
        ],
        ids=" ".join,
    )
    def test_fit(self, long_operator: Operator, words: list[str]) -> None:
        """In 80 columns, a long address intact."""
        for _ in range(3):
            long_operator.daemon.ask(LONG)
        long_operator.done("sender", "raise", LONG, "--quota", "99")
        long_operator.done("sender", "lock", LONG)
        long_operator.done("sender", "reset", LONG)
        lines = drawn(long_operator, *words)

        assert all(len(line) <= 80 for line in lines)
        assert any(LONG in line for line in lines)

    def test_are_whole_if_told_so(self, long_operator: Operator) -> None:
        """All columns, nothing shortened."""
        heading, *rows = drawn(long_operator, "messages", "--since", "-1h", "--wide")

        assert heading.split() == [
            *("AT", "QUEUE", "ID", "SENDER", "CLIENT", "RCPTS", "VERDICT", "FROM")
        ]
        assert any(re.search(rf"\+0000  4cKlong1 +{LONG}  ", row) for row in rows)

    def test_are_whole_in_a_pipe(self, long_operator: Operator) -> None:
        """What is searched with grep is found."""
        text = long_operator.done("messages", "--queue-id", "4cKlong1")
        _, row = text.splitlines()[:2]

        assert LONG in row
        assert "2001:db8::1234:5678:9abc:def0" in row

    def test_status_fits(self, operator: Operator) -> None:
        """In lines too, with the prompt that follows."""
        lines = drawn(operator, "status")

        assert len(lines) < 24
        assert all(len(line) <= 80 for line in lines)


class TestWatch:
    def test_fits_the_screen(self, long_operator: Operator) -> None:
        """
        Each time it is drawn in place of the last, in the width and height there is,
        at once when that has changed.
        """
        for number in range(9):
            long_operator.daemon.ask(f"{number}-{uuid.uuid4().hex}@example.org")
        words = ("sender", "top", "--limit", "99", "--watch", "3600")
        with terminal(long_operator, *words, columns=100, lines=10) as shown:
            shown.wait_for(re.escape(CLEARED))
            shown.resize(60, 6)
            wide = shown.wait_for(f"(.*?){re.escape(CLEARED)}")[1]
            shown.type("\x03")
            status, narrow = shown.end()

        assert 0 == status
        assert narrow.rstrip("\n").endswith("\n^C")
        narrow = narrow.rstrip("\n").removesuffix("^C")
        for screen, columns, lines in ((wide, 100, 9), (narrow, 60, 5)):
            rows = click.unstyle(screen).splitlines()
            assert rows[0].startswith("by recipients, ")
            assert rows[1].startswith("SENDER")
            assert lines >= sum(-(-len(row) // columns) for row in rows)
            assert all(len(row) <= columns or row == LONG for row in rows)
        assert "STATE" in wide
        assert "STATE" not in narrow


class TestIncident:
    def test_asks_whether_to_suspend(self, operator: Operator) -> None:
        """On one screen; who says yes has it done, and told."""
        sender = f"{uuid.uuid4().hex}@example.org"
        assert "DUNNO" == operator.daemon.ask(sender, queue_id="4cKincident1")
        with terminal(operator, "incident", sender) as shown:
            screen = shown.wait_for(rf".*Suspend {sender}\? \[y/N\]: ")[0]
            shown.type("y\n")
            status, rest = shown.end()

        assert len(screen.splitlines()) <= 24
        assert f"incident --queue-ids -- {sender} | postsuper -d -" in screen
        assert 0 == status
        assert f"{sender}: all mail of this sender is blocked" in rest
        assert "DUNNO" != operator.daemon.ask(sender)
        (change,) = operator.json("history", sender)
        assert ("jane", "suspend", "incident") == (
            change["by"], change["action"], change["reason"],
        )  # fmt: skip
        assert "Suspend" not in "".join(drawn(operator, "incident", sender))

    def test_leaves_who_is_not_to_be_suspended(self, operator: Operator) -> None:
        """Return is a no."""
        sender = f"{uuid.uuid4().hex}@example.org"
        operator.daemon.ask(sender)
        with terminal(operator, "incident", sender) as shown:
            shown.wait_for(r"\[y/N\]: ")
            shown.type("\n")
            status, _ = shown.end()

        assert 0 == status
        assert [] == operator.json("history", sender)
