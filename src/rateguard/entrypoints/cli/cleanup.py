"""``rateguard cleanup``."""

from __future__ import annotations

import datetime as dt
import functools

import click

from rateguard.domain.usecases.cleanup import (
    PurgeDeliveries,
    PurgeMessages,
    ResetCounters,
)
from rateguard.entrypoints.cli.session import Session, retried


KEEP_DELIVERIES = dt.timedelta(days=7)
"""How long an alert that was delivered, or given up, is kept as a record."""


@click.command()
@click.pass_obj
def cleanup(session: Session) -> None:
    """
    Reset every sender's counters and delete old messages.

    Run it once a day. The next run finishes one that was interrupted.
    """
    with session.desk() as desk:
        units, now = desk.database.unit, dt.datetime.now().astimezone()
        reset = ResetCounters(units, session.tools.clock)
        run = retried(lambda: reset.begin(period_start=start_of_day(now)))
        while run.finished_at is None:
            run = retried(functools.partial(reset.step, run))
        deliveries = _purged(PurgeDeliveries(units), now - KEEP_DELIVERIES)
        messages = 0
        if retention := desk.loaded.settings.message_retention:
            before = start_of_day(now - dt.timedelta(days=retention))
            messages = _purged(PurgeMessages(units), before)
        click.echo(
            f"counters reset, {messages} messages and {deliveries} alerts deleted"
        )


def _purged(purge: PurgeMessages | PurgeDeliveries, before: dt.datetime) -> int:
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
