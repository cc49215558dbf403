"""
What is looked at.
"""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.ports import ResetRun
from rateguard.domain.reports import Totals, Traffic


@attrs.frozen
class Hour:
    """
    What was asked in one hour.

    Attributes:
        at: Its beginning.
    """

    at: dt.datetime
    traffic: Traffic


@attrs.frozen
class Counted:
    """
    What the store tells.

    Attributes:
        cleanup: The last one; None if there was none.

        expected_cleanup: Whether there should have been one: messages of
            more than a day ago were counted.

        hours: Of today, from midnight to now.

        waiting: How many notices wait for each notifier.
    """

    totals: Totals
    cleanup: ResetRun | None
    expected_cleanup: bool
    hours: tuple[Hour, ...]
    waiting: dict[str, int]

    @property
    def today(self) -> Traffic:
        """
        All hours together.
        """
        parts = [attrs.astuple(hour.traffic) for hour in self.hours]
        return Traffic(*map(sum, zip(*parts, strict=True))) if parts else Traffic()


@attrs.frozen
class Daemon:
    """
    What was heard at one address.

    Attributes:
        error: Why there was no answer; ``""`` if there was one.
    """

    address: str
    seconds: float
    error: str = ""


@attrs.frozen
class Overview:
    """
    Attributes:
        at: When it was looked at, aware UTC.

        store: Driver and place.

        store_error: Why the store told nothing; ``""`` if it did.

        pending: Migrations that are to be applied.
    """

    at: dt.datetime
    version: str
    store: str
    daemons: tuple[Daemon, ...]
    store_error: str = ""
    pending: tuple[str, ...] = ()
    counted: Counted | None = None
