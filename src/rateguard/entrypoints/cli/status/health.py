"""Whether all is well, for people and for monitoring."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator

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
        """All hours together."""
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


OVERDUE = dt.timedelta(hours=25)
"""A day, and the hour that clocks are set back."""


def complaints(overview: Overview) -> Iterator[str]:
    """Yield what needs attention, and what to do; nothing if all is well."""
    for daemon in overview.daemons:
        if daemon.error:
            yield f"daemon away: {daemon.error}"
    if overview.store_error:
        yield f"store away: {overview.store_error}"
    if overview.pending:
        count = len(overview.pending)
        yield f"schema behind by {count}: run rateguard migrate"
    if overview.counted is not None:
        yield from _cleanup(overview.counted, overview.at)


def _cleanup(counted: Counted, at: dt.datetime) -> Iterator[str]:
    run = counted.cleanup
    if run is None:
        if counted.expected_cleanup:
            yield "cleanup never ran: enable rateguard-cleanup.timer"
    elif overdue(run, at):
        hours = int((at - run.started_at) / dt.timedelta(hours=1))
        unfinished = "" if run.finished_at else " and unfinished"
        yield (
            f"cleanup overdue: begun {hours} h ago{unfinished};"
            " see rateguard-cleanup.timer"
        )
    elif unfinished_for_long(run, at):
        yield "cleanup unfinished: run rateguard cleanup"


def overdue(run: ResetRun, at: dt.datetime) -> bool:
    """Whether the next should have begun."""
    return at - run.started_at > OVERDUE


def unfinished_for_long(run: ResetRun, at: dt.datetime) -> bool:
    """Whether it seems to have been cut off. A million senders take minutes."""
    return run.finished_at is None and at - run.started_at > dt.timedelta(hours=1)


def summary(overview: Overview) -> str:
    """Return one line as monitoring plugins print it, with figures."""
    found = list(complaints(overview))
    text = "; ".join(found) if found else "all well"
    figures = " ".join(f"{name}={value}" for name, value in _figures(overview))
    return f"RATEGUARD {'WARNING' if found else 'OK'} - {_clean(text)} | {figures}"


def _figures(overview: Overview) -> Iterator[tuple[str, str]]:
    answered = [each.seconds for each in overview.daemons if not each.error]
    if answered:
        yield "answer", f"{max(answered):.3f}s"
    counted = overview.counted
    if counted is not None:
        today = counted.today
        yield "senders", str(counted.totals.senders)
        yield "over_quota", str(counted.totals.over_quota)
        yield "suspended", str(counted.totals.suspended)
        yield "messages", str(today.messages)
        yield "blocked", str(today.blocked)
        yield "waiting", str(sum(counted.waiting.values()))


def _clean(text: str) -> str:
    # What is behind a bar is taken for figures.
    return " ".join(text.replace("|", "/").split())
