"""When the period began whose counts are taken over."""

from __future__ import annotations

import datetime as dt

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.cli.import_ import period_start


HOUR = 3600
DAY = 24 * HOUR


def local(*, day: int, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2024, 2, day, hour, minute).astimezone()


@pytest.mark.parametrize(
    ("period", "start"),
    [
        (DAY, local(day=28, hour=0, minute=0)),
        (HOUR, local(day=28, hour=13, minute=0)),
        (6 * HOUR, local(day=28, hour=12, minute=0)),
        (7 * DAY, local(day=22, hour=0, minute=0)),
    ],
)
def test_of_a_period_that_fits_the_day(period: int, start: dt.datetime) -> None:
    """
    Where cleanup runs at midnight, or once a period from midnight on; of days,
    so many with today.
    """
    assert start == period_start(local(day=28, hour=13, minute=17), period)


@given(
    st.integers(0, 366 * DAY).map(lambda seconds: dt.timedelta(seconds=seconds)),
    st.integers(60, 9 * DAY),
)
def test_is_never_longer_ago_than_a_period(after: dt.timedelta, period: int) -> None:
    """Nor in the future; an hour more on the day the clocks go back."""
    now = (local(day=1, hour=0, minute=0) + after).astimezone()
    passed = (now - period_start(now, period)).total_seconds()

    assert 0 <= passed <= period + HOUR
