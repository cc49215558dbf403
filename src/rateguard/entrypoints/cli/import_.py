"""``rateguard import``: move in from another program."""

from __future__ import annotations

import collections
import datetime as dt
import functools
import os

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from rateguard.domain.escaping import escaped
from rateguard.domain.orders import Arrival
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.import_ import Imported, ImportSenders
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.session import Session, operator, retried


CHUNK = 200
"""Senders in one unit of work."""

_DAY = 86400


@click.group("import")
def import_() -> None:
    """Import limits and counts from another program."""


@import_.command("policyd-rate-limit")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/policyd-rate-limit.yaml"),
    show_default=True,
    help="Settings file of policyd-rate-limit.",
)
@click.option(
    "--period",
    type=click.IntRange(60, 366 * _DAY),
    default=_DAY,
    show_default=True,
    help="Seconds between two cleanups.",
)
@click.option("--no-counters", is_flag=True, help="Import limits only, not counts.")
@click.option("--force", is_flag=True, help="Overwrite quotas changed in RateGuard.")
@click.option(
    "--dry-run", is_flag=True, help="Show what would change, and change nothing."
)
@click.pass_obj
def policyd_rate_limit(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    config: Path,
    period: int,
    no_counters: bool,
    force: bool,
    dry_run: bool,
) -> None:
    """
    Import the limits and today's counts of policyd-rate-limit.

    Whatever has no equivalent in RateGuard is listed, one per line. You may run it
    again: counters only rise.
    """
    with session.desk() as desk:
        # Writing would make one, by the name that this folder gives it.
        desk.require_database()
        loaded, tools = desk.loaded, session.tools
        since = period_start(dt.datetime.now().astimezone(), period)
        plan = tools.policyd_rate_limit(
            config, since=None if no_counters else since, period=period
        )
        for line in plan.remarks:
            click.echo(line)
        quota = loaded.settings.quota
        if plan.quota != quota:
            click.echo(
                f"limits: QUOTA is {quota} for new senders; set QUOTA={plan.quota}"
            )
        take_over = ImportSenders(
            units=desk.database.unit,
            clock=tools.clock,
            newcomer=QuotaPolicy.of(quota),
            by=operator(loaded.environment, os.getuid()),
            reason=f"policyd-rate-limit, {config}",
            force=force,
            dry_run=dry_run,
        )
        done = imported(take_over, plan.arrivals)
        _tell(done, "would be changed" if dry_run else "changed")


def period_start(now: dt.datetime, period: int) -> dt.datetime:
    """
    Return when the period of so many seconds began that *now*, an aware local time,
    is in: counters are reset at midnight or, with a shorter period, once a period
    from midnight on.
    """
    midnight = start_of_day(now)
    if period > _DAY:
        return midnight - dt.timedelta(seconds=period - _DAY)
    passed = (now - midnight).total_seconds()
    return midnight + dt.timedelta(seconds=passed // period * period)


def imported(
    take_over: ImportSenders, arrivals: Sequence[Arrival]
) -> Iterator[Imported]:
    """
    Take over all, in chunks, and rest after each: the daemon goes on beside.

    Raises:
        StoreError: some are left to do; run it again.
    """
    for start in range(0, len(arrivals), CHUNK):
        chunk = arrivals[start : start + CHUNK]
        yield from retried(functools.partial(take_over.step, chunk))


def _tell(done: Iterable[Imported], changed: str) -> None:
    count: collections.Counter[str] = collections.Counter()
    for each in done:
        fields = {field.name: field for field in each.change.fields}
        sender = escaped(each.arrival.sender)
        count["senders"] += 1
        count["quotas"] += bool(fields.keys() & {"quota", "quota_reset"})
        count["counters"] += bool(fields.keys() & {"messages", "recipients"})
        if each.arrival.own and "quota" in fields:
            field = fields["quota"]
            click.echo(f"{sender}: quota {field.before} -> {field.after}")
        if each.kept is not None:
            count["kept"] += 1
            click.echo(
                f"{sender}: quota {each.kept} was set here and stays, instead of"
                f" {each.arrival.quota}; --force sets it"
            )
    click.echo(
        f"{count['senders']} senders; {changed}: {count['quotas']} quotas,"
        f" {count['counters']} counters; {count['kept']} quotas stay as set here"
    )
