"""Whether all is well."""

from __future__ import annotations

import datetime as dt

from zoneinfo import ZoneInfo

import attrs
import pytest

from rateguard.domain.ports import ResetRun
from rateguard.domain.reports import Totals, Traffic
from rateguard.entrypoints.cli.output.drawn import drawn
from rateguard.entrypoints.cli.status import (
    Counted,
    Daemon,
    Hour,
    Overview,
    complaints,
    for_people,
    for_scripts,
    last_hours,
    summary,
)
from tests.unit.doubles import NOON


HOUR = dt.timedelta(hours=1)
COUNTED = Counted(
    Totals(10, 2, 1, 0),
    ResetRun(1, NOON - 12 * HOUR, 9, NOON - 11 * HOUR),
    counting_since=NOON - 12 * HOUR,
    today=Traffic(5, 7, 1),
    hours=(Hour(NOON - HOUR, Traffic(2000, 2000, 0)), Hour(NOON, Traffic(5, 7, 1))),
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


def cleaned(run: ResetRun) -> Overview:
    """Return what is well but for the last cleanup."""
    return counted(cleanup=run, counting_since=run.started_at)


class TestComplaints:
    def test_are_none_if_all_is_well(self) -> None:
        """Senders over quota are not ours to complain about."""
        assert [] == list(complaints(WELL))

    @pytest.mark.parametrize(
        ("overview", "complaint"),
        [
            (attrs.evolve(WELL, daemons=(Daemon("a", 1, "refused"),)), "daemon down"),
            (attrs.evolve(WELL, database_error="gone", counted=None),
             "database down: gone"),
            (attrs.evolve(WELL, pending=("a", "b"), counted=None),
             "2 migrations pending"),
            (cleaned(run(25.1)), "cleanup overdue: started 25 h ago;"),
            (cleaned(run(26, finished=False)), "26 h ago and unfinished"),
            (cleaned(run(2, finished=False)), "cleanup unfinished"),
            (counted(cleanup=None, counting_since=NOON - 26 * HOUR),
             "cleanup never ran: systemctl enable --now rateguard-cleanup.timer"),
        ],
    )  # fmt: skip
    def test_name_what_is_wrong(self, overview: Overview, complaint: str) -> None:
        """In one line each."""
        (found,) = complaints(overview)
        assert complaint in found

    @pytest.mark.parametrize(
        "overview",
        [
            cleaned(run(24.9)),
            cleaned(run(0.1, finished=False)),
            counted(cleanup=None, counting_since=NOON - 24 * HOUR),
            counted(cleanup=None, counting_since=None),
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
        bad = attrs.evolve(WELL, daemons=(), database_error="a | b\nc", counted=None)

        assert "RATEGUARD WARNING - database down: a / b c | " == summary(bad)


BERLIN = ZoneInfo("Europe/Berlin")
NEPAL = ZoneInfo("Asia/Kathmandu")


def berlin(text: str) -> dt.datetime:
    """Return a local time there."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class TestLastHours:
    def test_are_24_and_the_end(self) -> None:
        """The last one is not over."""
        found = last_hours(NOON + HOUR / 2)

        assert [NOON + (n - 23) * HOUR for n in range(25)] == found

    @pytest.mark.parametrize(
        ("now", "begin", "labels"),
        [
            ("2026-06-02T00:05", "2026-06-01T01:00", "01 02 03 04"),
            ("2026-10-25T12:00", "2026-10-24T14:00", "00 01 02 02 03"),
            ("2026-03-29T12:00", "2026-03-28T12:00", "00 01 03 04"),
        ],
    )
    def test_are_real_ones(self, now: str, begin: str, labels: str) -> None:
        """
        Across midnight; when clocks are set back an hour is there twice, when they are
        set forward one is left out.
        """
        *hours, _ = [at.astimezone(BERLIN) for at in last_hours(berlin(now))]

        assert (24, berlin(begin)) == (len(hours), hours[0])
        assert labels in " ".join(f"{hour:%H}" for hour in hours)
        assert {0} == {hour.minute for hour in hours}

    def test_begin_where_local_ones_do(self) -> None:
        """Some zones are not whole hours from UTC."""
        *_, last, _ = last_hours(dt.datetime(2026, 6, 1, 12, 30, tzinfo=NEPAL))

        assert dt.datetime(2026, 6, 1, 12, tzinfo=NEPAL) == last


class TestForPeople:
    def test_has_all_facts(self) -> None:
        """And whether all is well at the end."""
        lines = drawn(for_people(WELL)).splitlines()

        assert "all well" == lines[-1]
        facts = "\n".join(lines)
        for fact in ("1.2.3", "answered in 2.1 ms", "SQLite, x.db; schema current",
                     "10; 2 over quota, 1 suspended", "waiting: 3 for webhook",
                     "today     4 messages accepted, 1 blocked",
                     "24 hours  2,004 messages accepted, 1 blocked",
                     "accepted, up to 2,000 in an hour", "blocked, up to 1 in an hour",
                     "██ ▁▁", "11 12"):  # fmt: skip
            assert fact in facts

    def test_fits_a_screen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """80 columns and 24 lines, and the prompt below, with all that may be there."""
        monkeypatch.setenv("COLUMNS", "80")
        hours = tuple(
            Hour(NOON + n * HOUR, Traffic(9_999_999, 1, 999)) for n in range(24)
        )
        hint = (
            "312 senders have a quota of 100; QUOTA applies only to new senders;"
            " rateguard sender set --quota-was 100 --quota 50"
        )
        full = counted(hours=hours, quota_hint=hint)
        lines = drawn(for_people(full)).splitlines()

        assert len(lines) < 24
        assert all(len(line) <= 80 for line in lines)

    def test_has_complaints(self) -> None:
        """A line each before the end."""
        bad = attrs.evolve(WELL, daemons=(Daemon("a", 1, "x\x1by"),))
        lines = drawn(for_people(bad)).splitlines()

        assert ["daemon down: x\\x1by", "needs attention"] == lines[-2:]

    @pytest.mark.parametrize(
        ("overview", "fact"),
        [
            (attrs.evolve(WELL, pending=("a",), counted=None), "1 migration pending"),
            (attrs.evolve(WELL, database_error="x", counted=None), "x.db; no answer"),
            (cleaned(run(26, finished=False)), ", unfinished, overdue"),
            (counted(cleanup=None, counting_since=None), "cleanup   never\n"),
            (counted(waiting={}), "none waiting"),
        ],
    )
    def test_has_what_is_not_well_where_it_stands(
        self, overview: Overview, fact: str
    ) -> None:
        """Beside what it is about."""
        assert fact in drawn(for_people(overview))


class TestForScripts:
    def test_has_every_number(self) -> None:
        """Accepted and blocked apart, the hours, and whether all is well."""
        found = for_scripts(WELL)

        assert found["ok"]
        assert {"senders": 10, "over_quota": 2, "suspended": 1} == found["senders"]
        accepted = {"messages": 5, "recipients": 7, "blocked": 1, "accepted": 4}
        assert accepted == found["today"]
        assert 2005 == found["last_24_hours"]["messages"]
        assert {"at": NOON, **accepted} == found["hours"][-1]
        assert {"webhook": 3} == found["notifications_waiting"]
        assert not found["cleanup"]["overdue"]
        assert "today" not in for_scripts(attrs.evolve(WELL, counted=None))
