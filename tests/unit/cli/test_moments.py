"""Times as operators write them."""

from __future__ import annotations

import datetime as dt

from zoneinfo import ZoneInfo

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.cli.output.moments import AHEAD, BACK


BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 23, 12, 30, 15, 999, tzinfo=dt.UTC)
"""13:30:15 in Berlin."""


def berlin(text: str) -> dt.datetime:
    """Return a local time there."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class TestNext:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-12-01", "2026-12-01 00:00"),
            ("2026-12-01 18:00", "2026-12-01 18:00"),
            ("2026-12-01T18:00:05", "2026-12-01 18:00:05"),
            (" 18:00 ", "2026-11-23 18:00"),
            ("13:30", "2026-11-24 13:30"),
            ("9:05", "2026-11-24 09:05"),
            ("+3d", "2026-11-26 13:30:15"),
            ("+12h", "2026-11-24 01:30:15"),
            ("+90m", "2026-11-23 15:00:15"),
        ],
    )
    def test_is_local(self, text: str, expected: str) -> None:
        """A time of day is the next one; distances are from now."""
        assert berlin(expected) == AHEAD.read(text, NOW, BERLIN)

    def test_may_have_an_offset(self) -> None:
        """Then that counts."""
        expected = dt.datetime(2026, 12, 1, 16, tzinfo=dt.UTC)

        assert expected == AHEAD.read("2026-12-01T18:00+02:00", NOW, BERLIN)

    def test_of_days_is_the_same_time_of_day(self) -> None:
        """Also where the clocks change between."""
        before = berlin("2026-10-24 12:00")

        assert berlin("2026-10-25 12:00") == AHEAD.read("+1d", before, BERLIN)
        day = dt.timedelta(hours=24)
        assert before.astimezone(dt.UTC) + day == AHEAD.read("+24h", before, BERLIN)

    @pytest.mark.parametrize(
        "text",
        ["", "tomorrow", "3d", "-3d", "+3w", "+3", "25:00", "2026-13-01", "1/12/2026"],
    )  # fmt: skip
    def test_is_refused_with_what_is_expected(self, text: str) -> None:
        """All forms are named, and what was given."""
        expected = r"expected 2026-12-01, .*18:00, \+3d or \+12h, got '"
        with pytest.raises(ValueError, match=expected):
            AHEAD.read(text, NOW, BERLIN)

    @pytest.mark.parametrize("text", ["2038-01-01", "+9999d", "+999999d"])
    def test_is_one_that_every_store_can_keep(self, text: str) -> None:
        """MySQL's timestamps end in January 2038."""
        with pytest.raises(ValueError, match="and before 2038"):
            AHEAD.read(text, NOW, BERLIN)

    @given(st.text(max_size=20))
    def test_is_read_or_refused(self, text: str) -> None:
        """Whatever is typed: a time that is aware, or a ValueError."""
        try:
            at = AHEAD.read(text, NOW, BERLIN)
        except ValueError:
            return
        assert at.tzinfo is not None


class TestLast:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-11-01", "2026-11-01 00:00"),
            ("18:00", "2026-11-22 18:00"),
            ("13:30", "2026-11-23 13:30"),
            ("-3d", "2026-11-20 13:30:15"),
            ("-12h", "2026-11-23 01:30:15"),
        ],
    )
    def test_looks_back(self, text: str, expected: str) -> None:
        """A time of day is the last one."""
        assert berlin(expected) == BACK.read(text, NOW, BERLIN)

    @pytest.mark.parametrize("text", ["0001-01-01T12:00Z", "1970-12-31", "-99999d"])
    def test_is_one_that_a_day_before_there_was_too(self, text: str) -> None:
        """No calendar ends while somebody looks back from there."""
        with pytest.raises(ValueError, match="from 1971 on"):
            BACK.read(text, NOW, BERLIN)

    def test_does_not_look_ahead(self) -> None:
        """A plus is refused, and the minus shown."""
        with pytest.raises(ValueError, match=r"-3d or -12h, got '\+3d'"):
            BACK.read("+3d", NOW, BERLIN)
