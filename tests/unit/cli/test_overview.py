"""Whether all is well."""

from __future__ import annotations

import datetime as dt

from zoneinfo import ZoneInfo

import attrs
import pytest

from rateguard.domain.ports import ResetRun
from rateguard.domain.reports import Totals, Traffic
from rateguard.entrypoints.cli.output.drawn import drawn
from rateguard.entrypoints.cli.status.health import (
    Counted,
    Daemon,
    Hour,
    Overview,
    complaints,
    summary,
)
from rateguard.entrypoints.cli.status.look import hours
from rateguard.entrypoints.cli.status.words import for_people
from tests.unit.doubles import NOON


HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
COUNTED = Counted(
    Totals(10, 2, 1),
    ResetRun(1, NOON - 12 * HOUR, 9, NOON - 11 * HOUR),
    expected_cleanup=True,
    hours=(Hour(NOON, Traffic(5, 7, 1)),),
    waiting={"webhook": 3},
)
WELL = Overview(
    NOON, "1.2.3", "SQLite, x.db", (Daemon("127.0.0.1,1", 0.0021),), counted=COUNTED
)


def counted(**changed: object) -> Overview:
    """Return what is well but for these."""
    return attrs.evolve(WELL, counted=attrs.evolve(COUNTED, **changed))  # type: ignore[arg-type]


def run(hours_ago: float, *, finished: bool = True) -> ResetRun:
    """Return a cleanup."""
    begun = NOON - hours_ago * HOUR
    return ResetRun(1, begun, 1, begun if finished else None)


class TestComplaints:
    def test_are_none_if_all_is_well(self) -> None:
        """Senders over quota are not ours to complain about."""
        assert [] == list(complaints(WELL))

    @pytest.mark.parametrize(
        ("overview", "complaint"),
        [
            (attrs.evolve(WELL, daemons=(Daemon("a", 1, "refused"),)), "daemon away"),
            (attrs.evolve(WELL, store_error="gone", counted=None), "store away: gone"),
            (attrs.evolve(WELL, pending=("a", "b"), counted=None), "behind by 2"),
            (counted(cleanup=run(25.1)), "cleanup overdue: begun 25 h ago;"),
            (counted(cleanup=run(26, finished=False)), "26 h ago and unfinished"),
            (counted(cleanup=run(2, finished=False)), "cleanup unfinished"),
            (counted(cleanup=None), "cleanup never ran"),
        ],
    )
    def test_name_what_is_wrong(self, overview: Overview, complaint: str) -> None:
        """In one line each."""
        (found,) = complaints(overview)
        assert complaint in found

    @pytest.mark.parametrize(
        "overview",
        [
            counted(cleanup=run(24.9)),
            counted(cleanup=run(0.1, finished=False)),
            counted(cleanup=None, expected_cleanup=False),
        ],
    )
    def test_are_not_hasty(self, overview: Overview) -> None:
        """A cleanup that still runs, or that was not due yet, is well."""
        assert [] == list(complaints(overview))


class TestSummary:
    def test_is_what_monitoring_reads(self) -> None:
        """A word, what is the matter, and figures behind a bar."""
        assert (
            "RATEGUARD OK - all well | answer=0.002s senders=10 over_quota=2"
            " suspended=1 messages=5 blocked=1 waiting=3"
        ) == summary(WELL)

    def test_has_one_bar_and_one_line(self) -> None:
        """Whatever an error says."""
        bad = attrs.evolve(WELL, daemons=(), store_error="a | b\nc", counted=None)

        assert "RATEGUARD WARNING - store away: a / b c | " == summary(bad)


class TestHours:
    def test_are_those_of_the_day(self) -> None:
        """From midnight to now, minutes added up, empty ones too."""
        minutes = [
            (NOON, Traffic(1, 2, 0)),
            (NOON + 59 * MINUTE, Traffic(10, 20, 5)),
            (NOON + 120 * MINUTE, Traffic(100, 200, 0)),
        ]
        found = list(hours(minutes, NOON, NOON + 2.5 * HOUR))

        expected = [Traffic(11, 22, 5), Traffic(), Traffic(100, 200, 0)]
        assert expected == [hour.traffic for hour in found]
        assert [NOON, NOON + HOUR, NOON + 2 * HOUR] == [hour.at for hour in found]

    def test_are_real_ones(self) -> None:
        """When clocks are set back the day has 25."""
        zone = ZoneInfo("Europe/Berlin")
        midnight = dt.datetime(2026, 10, 25, tzinfo=zone)
        end = dt.datetime(2026, 10, 25, 23, 59, tzinfo=zone).astimezone(dt.UTC)
        found = list(hours([(end, Traffic(3))], midnight, end))

        assert 25 == len(found)
        assert Traffic(3) == found[-1].traffic


class TestForPeople:
    def test_has_all_facts(self) -> None:
        """And whether all is well at the end."""
        lines = drawn(for_people(WELL)).splitlines()

        assert "all well" == lines[-1]
        facts = "\n".join(lines)
        for fact in ("1.2.3", "answered in 2.1 ms", "SQLite, x.db", "current",
                     "10; 2 over quota, 1 suspended", "waiting: 3 for webhook",
                     "5 messages to 7 recipients; 1 blocked", "██"):  # fmt: skip
            assert fact in facts

    def test_has_complaints(self) -> None:
        """A line each before the end."""
        bad = attrs.evolve(WELL, daemons=(Daemon("a", 1, "x\x1by"),))
        lines = drawn(for_people(bad)).splitlines()

        assert ["daemon away: x\\x1by", "needs attention"] == lines[-2:]
