"""Values and bars as text."""

from __future__ import annotations

import datetime as dt

from rateguard.entrypoints.cli.output.chart import ASCII, BLOCKS, bars, levels_for
from rateguard.entrypoints.cli.output.texts import brief_time, shown, traffic
from tests.unit.doubles import NOON


CET = dt.timezone(dt.timedelta(hours=1))


class TestTexts:
    def test_of_values(self) -> None:
        """Times are local with offset; truth is yes or no."""
        assert "2024-02-29 13:00:00 +0100" == shown(NOON, CET)
        assert ["yes", "no", "", "0"] == [shown(v) for v in (True, False, None, 0)]

    def test_of_traffic(self) -> None:
        """One is one."""
        assert "1 message to 1,234 recipients" == traffic(1, 1234)

    def test_of_times_in_short(self) -> None:
        """What tells a time from others: today's have no date, old ones no hour."""
        day = dt.timedelta(days=1)

        assert ["13:00:00", "02-29 13:00", "2024-02-29"] == [
            brief_time(NOON, CET, now)
            for now in (NOON + day / 3, NOON + day / 2, NOON + 200 * day)
        ]


class TestBars:
    def test_fill_the_height(self) -> None:
        """The largest value does; half of it fills half."""
        assert ["      ██", "   ██ ██"] == bars([0, 5, 10], height=2)

    def test_show_whatever_is_more_than_nothing(self) -> None:
        """However small beside the largest."""
        assert ["▁▁ ██"] == bars([1, 100000], height=1)

    def test_may_be_narrow(self) -> None:
        """Without a space between."""
        assert ["▄█"] == bars([5, 10], height=1, width=1)

    def test_of_nothing(self) -> None:
        """An empty chart."""
        assert ["     "] == bars([0, 0], height=1)

    def test_in_ascii(self) -> None:
        """Where the encoding has no blocks."""
        assert (ASCII, ASCII, BLOCKS) == tuple(
            map(levels_for, ("ascii", "no such encoding", "utf-8"))
        )
        assert ["   .. ##", "## ## ##"] == bars([3, 4, 6], height=2, levels=ASCII)
