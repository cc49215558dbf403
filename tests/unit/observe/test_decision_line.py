"""The line of one decision."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.observe.logline import decision_line
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.escaping import escaped
from rateguard.domain.submission import Submission


SUBMISSION = Submission(
    sender="anna@example.com",
    recipients=3,
    transaction="6b0306a2.7b5ea.5ca.0",
    queue_id="7B71F224536",
    login="Anna@example.com",
    auth_method="PLAIN",
    client_name="host.example.net",
    client_address="192.0.2.7",
    helo="laptop",
    from_address="anna@example.com",
    to_address="carl@example.org",
)
ACCEPTED = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 7, 1000)

SHOWN = [
    "queue_id",
    "login",
    "auth_method",
    "client_name",
    "client_address",
    "helo",
    "from_address",
    "to_address",
]

texts = st.text(st.characters())


def line_showing(name: str, text: str) -> str:
    """Return the line in which one value is *text*."""
    value: dict[str, Any] = {name: text}
    return decision_line(attrs.evolve(SUBMISSION, **value), ACCEPTED)


class TestLine:
    def test_has_all_that_is_known(self) -> None:
        """As operators' scripts know it from the reference."""
        expected = (
            "7B71F224536: client=host.example.net[192.0.2.7], helo=laptop,"
            " sasl_method=PLAIN, sasl_username=Anna@example.com,"
            " from=anna@example.com, to=carl@example.org, recipient_count=3,"
            " curr_count=7/1000, status=ACCEPTED"
        )

        assert expected == decision_line(SUBMISSION, ACCEPTED)

    def test_says_none_for_what_is_absent(self) -> None:
        """Also for the queue id."""
        expected = (
            "None: client=None[None], helo=None, sasl_method=None,"
            " sasl_username=None, from=None, to=None, recipient_count=1,"
            " curr_count=7/1000, status=ACCEPTED"
        )

        assert expected == decision_line(Submission("anna"), ACCEPTED)

    @pytest.mark.parametrize(
        ("verdict", "reason", "status"),
        [
            (Verdict.ACCEPT, Reason.WITHIN_QUOTA, "ACCEPTED"),
            (Verdict.DEFER, Reason.OVER_QUOTA, "BLOCKED"),
            (
                Verdict.DEFER,
                Reason.QUOTA_LIMIT_REACHED,
                "BLOCKED (QUOTA_LIMIT_REACHED)",
            ),
        ],
    )
    def test_names_the_crossing_only(
        self, verdict: Verdict, reason: Reason, status: str
    ) -> None:
        """The suffix is that of the crossing message."""
        line = decision_line(SUBMISSION, Decision(verdict, reason, 8, 7))

        assert line.endswith(f", curr_count=8/7, status={status}")

    @pytest.mark.parametrize("name", SHOWN)
    def test_keeps_percent_signs(self, name: str) -> None:
        """Nobody formats the line again."""
        assert "100%s %(x)d %" in line_showing(name, "100%s %(x)d %")

    @pytest.mark.parametrize("name", SHOWN)
    @given(text=texts)
    def test_is_one_printable_line_whatever_is_in_it(
        self, name: str, text: str
    ) -> None:
        """What strangers send forges no line and moves no cursor."""
        line = line_showing(name, text)

        assert line.isprintable()
        assert [line] == line.splitlines()
        assert line.encode().decode() == line

    def test_shows_what_was_sent(self) -> None:
        """A forged line is seen as the attempt that it is."""
        forged = "x\nAAA: client=\x1b[2J\x85\u2028\u202e\udcff"

        expected = r"helo=x\nAAA: client=\x1b[2J\x85\u2028\u202e\udcff,"
        assert expected in line_showing("helo", forged)


class TestEscaped:
    @given(st.text(st.characters(codec="utf-8")).filter(str.isprintable))
    def test_leaves_alone_what_is_printable(self, text: str) -> None:
        """Names in any script stay readable."""
        assert text == escaped(text)

    @given(texts)
    def test_is_printable(self, text: str) -> None:
        """For any text at all."""
        assert escaped(text).isprintable()
