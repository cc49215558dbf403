"""What a report says."""

from __future__ import annotations

import logging

from typing import Any

import pytest

from rateguard.adapters.sentry.client import TEST, Report, described


def logged(
    message: str,
    *args: object,
    name: str = "rateguard.x",
    level: int = logging.ERROR,
    error: Exception | None = None,
) -> dict[str, Any]:
    """Return the event of something logged."""
    record = logging.LogRecord(name, level, "x.py", 1, message, args, None, "judge")
    return described(Report("logging", record, error, held_back=7))


class TestDescribed:
    def test_has_the_line_and_how_many_there_were(self) -> None:
        """The template groups, the line is read."""
        event = logged("cannot do %s", "it")

        expected = {"message": "cannot do %s", "formatted": "cannot do it"}
        assert expected == event["logentry"]
        assert {"held_back": 7} == event["extra"]
        assert ("error", "rateguard.x") == (event["level"], event["logger"])

    def test_groups_by_the_place(self) -> None:
        """Many templates are but ``%s``. An exception groups by its traceback."""
        assert ["rateguard.x", "judge", "%s"] == logged("%s", "a")["fingerprint"]
        assert "fingerprint" not in logged("%s", "a", error=KeyError("x"))

    def test_is_fatal_when_critical(self) -> None:
        """In Sentry's words."""
        assert logged("x", level=logging.CRITICAL)["level"] == "fatal"

    def test_survives_arguments_that_do_not_fit(self) -> None:
        """The error is still told."""
        assert logged("%d", "x")["logentry"]["formatted"] == "%d"

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("Exception in callback Lane.put(<Verdicts al...>)\nhandle: x",
             "Exception in callback Lane.put"),
            ("Task exception was never retrieved\nfuture: <Task KeyError('alice')>",
             "Task exception was never retrieved"),
            ("got {'sender': 'alice'}", "got"),
            ("sender: alice", "sender"),
        ],
    )  # fmt: skip
    def test_has_the_outline_only_of_what_others_log(
        self, line: str, expected: str
    ) -> None:
        """The event loop shows the arguments of callbacks, cut off anywhere."""
        event = logged(line, name="asyncio")

        logentry = {"message": expected, "formatted": expected}
        assert logentry == event["logentry"]

    def test_of_a_test_says_so(self) -> None:
        """Nobody shall be alarmed."""
        event = described(Report(TEST))

        assert event["level"] == "info"
        assert "to see that its reports arrive" in event["logentry"]["formatted"]
