"""``rateguard cleanup``."""

from __future__ import annotations

import datetime as dt
import functools

import attrs
import click

from rateguard.domain.usecases.cleanup import (
    PurgeMessages,
    PurgeNotifications,
    ResetCounters,
)
from rateguard.entrypoints.cli.session import Session, retried


KEEP_NOTIFICATIONS = dt.timedelta(days=7)
"""How long an alert that was delivered, or given up, is kept as a record."""


@attrs.frozen
class Cleaned:
    """
    What a cleanup did.

    Attributes:
        messages, notifications: How many were deleted.
    """

    messages: int
    notifications: int


@attrs.frozen
class Cleanup:
    """
    Works in chunks and rests after each for as long as it took, so that the
    daemon beside it always gets its turn.
    """

    reset_counters: ResetCounters
    purge_messages: PurgeMessages
    purge_notifications: PurgeNotifications

    def __call__(self, *, now: dt.datetime, retention: int) -> Cleaned:
        """
        Reset all counters; delete messages older than midnight, *retention*
        days before *now* (an aware local time), unless that is 0. A run that
        was cut off is finished by the next.

        Raises:
            StoreError: some of it is left to do; run it again.
        """
        midnight = start_of_day(now)
        run = retried(lambda: self.reset_counters.begin(period_start=midnight))
        while run.finished_at is None:
            run = retried(functools.partial(self.reset_counters.step, run))
        notifications = _all(self.purge_notifications, now - KEEP_NOTIFICATIONS)
        if not retention:
            return Cleaned(0, notifications)
        before = start_of_day(now - dt.timedelta(days=retention))
        return Cleaned(_all(self.purge_messages, before), notifications)


def _all(purge: PurgeMessages | PurgeNotifications, before: dt.datetime) -> int:
    total = 0
    while deleted := retried(functools.partial(purge.step, before=before)):
        total += deleted
    return total


def start_of_day(at: dt.datetime) -> dt.datetime:
    """
    Return the start of that local day. The offset is looked up anew: on the
    day the clocks change, midnight has another one than noon.
    """
    return at.replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    ).astimezone()


@click.command()
@click.pass_obj
def cleanup(session: Session) -> None:
    """
    Reset all counters; delete old messages and alerts.

    Run it once a day. A run that was cut off is finished by the next.
    """
    with session.desk() as desk:
        units, clock = desk.database.unit, session.tools.clock
        clean = Cleanup(
            ResetCounters(units, clock),
            PurgeMessages(units),
            PurgeNotifications(units),
        )
        retention = desk.loaded.settings.message_retention
        cleaned = clean(now=dt.datetime.now().astimezone(), retention=retention)
        click.echo(
            f"counters reset, {cleaned.messages} messages and"
            f" {cleaned.notifications} notices deleted"
        )
