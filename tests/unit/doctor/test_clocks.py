"""Our time, seen from the database."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.reports import Seen
from rateguard.entrypoints.cli.doctor.database import clocks


NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def seen(
    *, clock: dt.datetime | None = None, message: dt.datetime | None = None
) -> Seen:
    """Return what a database shows."""
    return Seen(clock, None, None, message)


class TestClocks:
    @pytest.mark.parametrize("apart", [0, 1, 60, -60])
    def test_that_agree(self, apart: int) -> None:
        """A minute more or less is nothing; SQLite has none of its own."""
        at = NOW + apart * SECOND

        assert [] == list(clocks(NOW, seen(clock=at, message=at)))
        assert [] == list(clocks(NOW, seen()))

    @pytest.mark.parametrize(
        ("apart", "words"), [(61, "61 s ahead of ours"), (-3600, "3600 s behind ours")]
    )
    def test_that_do_not(self, apart: int, words: str) -> None:
        """The server's is a warning, whichever is right."""
        (found,) = clocks(NOW, seen(clock=NOW + apart * SECOND))

        assert found.level == "warning"
        assert words in found.problem

    def test_behind_the_newest_message(self) -> None:
        """A clock that went back is a fault: retention and resets go wrong."""
        (found,) = clocks(NOW, seen(message=NOW + 61 * SECOND))

        assert found.level == "fault"
        assert "newest message" in found.problem
