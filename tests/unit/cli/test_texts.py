"""Values as text."""

from __future__ import annotations

import datetime as dt

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
