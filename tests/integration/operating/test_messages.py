"""``rateguard messages``."""

from __future__ import annotations

import pytest

from tests.integration.operating.operators import Operator


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
        """The newest first."""
        assert ids == [each["queue_id"] for each in operator.json("messages", *words)]

    def test_say_how_far_they_look_back(self, operator: Operator) -> None:
        """Where nobody said; not where a script reads."""
        shown = operator.run("messages", "--limit", "1")

        assert "; --since looks further back\n" in shown.stderr
        assert "" == operator.run("messages", "--since", "-1h").stderr

    def test_tell_how_to_see_more(self, operator: Operator) -> None:
        """With what to add to the command, and in what scripts read."""
        wanted = (
            *("messages", "--sender", "anna@example.org", "--since", "-1h"),
            *("--accepted", "--limit", "2"),
        )
        rows = operator.json(*wanted)
        result = operator.run(*wanted)
        more = ["--after", str(rows[1]["id"])]

        assert [{"after": rows[1]["id"]}] == [
            each["next"] for each in rows if "next" in each
        ]
        assert f"more: the same with {' '.join(more)}\n" == result.stderr
        assert ["4Qa0"] == [each["queue_id"] for each in operator.json(*wanted, *more)]
        assert "" == operator.run(*wanted, *more).stderr

    def test_refuse_a_time_that_is_none(self, operator: Operator) -> None:
        """With those that are."""
        result = operator.run("messages", "--since", "yesterday")

        assert 2 == result.exit_code
        assert "expected 2026-12-01, 2026-12-01 18:00, 18:00, -3d" in result.stderr
