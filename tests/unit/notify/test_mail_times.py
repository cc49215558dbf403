"""The times of a mail."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.adapters.notify.mail.text import facts
from tests.unit.doubles import NOON
from tests.unit.notify.mails import alert, sent


class SpringForward(dt.tzinfo):
    """An hour ahead of UTC until 2024-03-01 00:00, two hours from then on."""

    def utcoffset(self, at: dt.datetime | None) -> dt.timedelta:
        """Return the offset."""
        assert at is not None
        summer = (at.year, at.month) >= (2024, 3)
        return dt.timedelta(hours=2 if summer else 1)

    def dst(self, at: dt.datetime | None) -> dt.timedelta:
        """Return how much of it is summer time."""
        return self.utcoffset(at) - dt.timedelta(hours=1)

    def tzname(self, at: dt.datetime | None) -> str:
        """Return its name."""
        return "SPRING"


class TestTimes:
    def test_are_local_with_their_offset(self) -> None:
        """Of the event, of the last reset, of the latest message."""
        zone = dt.timezone(dt.timedelta(hours=-3))
        told = facts(
            alert(
                counted_since=NOON - dt.timedelta(hours=10),
                recent=(sent("a", "192.0.2.1", at=NOON),),
            ),
            to_sender=False,
            zone=zone,
        )

        assert "2024-02-29 09:00:00 -0300" == told["at"]
        assert "2024-02-28 23:00:00 -0300" == told["counted_since"]
        assert "2024-02-29 09:00:00 -0300" == told["addresses"][0].last

    def test_are_those_of_the_machine_by_default(self) -> None:
        """Its zone, with the offset of that moment."""
        told = facts(alert(), to_sender=False)

        assert NOON == dt.datetime.strptime(told["at"], "%Y-%m-%d %H:%M:%S %z")
        midnight = dt.datetime.strptime(told["resets_at"], "%Y-%m-%d %H:%M:%S %z")
        assert "00:00:00" == f"{midnight.astimezone():%H:%M:%S}"
        assert dt.timedelta() < midnight - NOON <= dt.timedelta(days=1)

    @pytest.mark.parametrize(
        ("hours", "midnight"),
        [(-12, "2024-03-01 00:00:00 -1200"), (11, "2024-03-01 00:00:00 +1100"),
         (13, "2024-03-02 00:00:00 +1300")],
    )  # fmt: skip
    def test_the_next_midnight_resets(self, hours: int, midnight: str) -> None:
        """The next that is local."""
        zone = dt.timezone(dt.timedelta(hours=hours))

        assert midnight == facts(alert(), to_sender=False, zone=zone)["resets_at"]

    def test_the_offset_is_that_nights(self) -> None:
        """Clocks may change before."""
        told = facts(alert(), to_sender=False, zone=SpringForward())

        assert "2024-02-29 13:00:00 +0100" == told["at"]
        assert "2024-03-01 00:00:00 +0200" == told["resets_at"]

    def test_nothing_was_ever_reset(self) -> None:
        """Then there is no beginning to tell."""
        assert "" == facts(alert(), to_sender=False)["counted_since"]
