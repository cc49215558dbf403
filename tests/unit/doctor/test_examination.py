"""Running checks, and telling what they found."""

from __future__ import annotations

import json

from collections.abc import Callable, Iterator

from rateguard.domain.errors import CannotLook, StoreUnavailable
from rateguard.entrypoints.cli.doctor.findings import (
    Examination,
    Finding,
    Level,
    as_json,
    as_lines,
    examine,
    fault,
    warning,
)


BAD = fault("it is broken", "mend it")
ODD = warning("it is odd", "look at it")
NOTED = Finding(Level.NOTE, "it is there", "leave it")


def failing(error: Exception) -> Callable[[], Iterator[Finding]]:
    """Return a check that raises."""

    def look() -> Iterator[Finding]:
        yield from ()
        raise error

    return look


class TestExamine:
    def test_tells_the_worst_first(self) -> None:
        """Otherwise in the order of the checks."""
        found = examine({"a": lambda: [NOTED, ODD], "b": lambda: [BAD, ODD]})

        assert [("b", BAD), ("a", ODD), ("b", ODD), ("a", NOTED)] == found.findings

    def test_a_check_that_cannot_look(self) -> None:
        """Is no fault and hides no other, not even if it is our bug."""
        errors = [
            CannotLook("no postconf"),
            StoreUnavailable("away\n now"),
            PermissionError(13, "Permission denied", "/queue"),
            ValueError("oops"),
        ]

        found = examine(
            {
                **{type(error).__name__: failing(error) for error in errors},
                "b": lambda: [ODD],
            }
        )

        assert not found.count(Level.FAULT)
        assert [("b", ODD)] == found.findings
        assert found.unseen == [
            ("CannotLook", "no postconf"),
            ("StoreUnavailable", "away now"),
            ("PermissionError", "/queue: not allowed; run it as root"),
            ("ValueError", "a bug of RateGuard: ValueError('oops')"),
        ]


class TestReport:
    def test_of_findings(self) -> None:
        """Two lines each, what could not be seen by its reason, and a count."""
        unseen = [("c", "no root"), ("d", "no root"), ("e", "away")]
        found = Examination(9, [("a", BAD), ("b", ODD), ("b", ODD)], unseen)

        assert list(as_lines(found)) == [
            "fault: it is broken",
            "  fix: mend it",
            *["warning: it is odd", "  fix: look at it"] * 2,
            "not looked at: c, d: no root",
            "not looked at: e: away",
            "1 fault, 2 warnings (6 of 9 checks)",
        ]
        assert len(list(as_lines(found, quiet=True))) == 6

    def test_of_a_good_machine(self) -> None:
        """All is well only if all was looked at."""
        assert list(as_lines(Examination(9, [], []))) == ["all well (9 checks)"]
        partly = Examination(9, [], [("c", "away")])
        assert list(as_lines(partly))[-1] == (
            "nothing wrong in what was seen (8 of 9 checks)"
        )

    def test_moves_no_cursor(self) -> None:
        """What strangers wrote is shown without control characters."""
        found = Examination(1, [("a", fault("a\x1b[2Jb", "c\nd"))], [])

        expected = [r"fault: a\x1b[2Jb", r"  fix: c\nd"]
        assert expected == list(as_lines(found, quiet=True))
        told = Examination(1, [("x", fault("a\x9b2Jb", "c\u202ed"))], [])
        assert as_json(told).isascii()

    def test_for_programs(self) -> None:
        """The same as a JSON document."""
        found = Examination(2, [("a", BAD)], [("c", "no root")])

        assert json.loads(as_json(found)) == {
            "well": False,
            "checks": 2,
            "findings": [
                {
                    "level": "fault",
                    "check": "a",
                    "problem": "it is broken",
                    "fix": "mend it",
                }
            ],
            "not_looked_at": [{"check": "c", "reason": "no root"}],
        }
