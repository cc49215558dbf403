"""``rateguard import``: move in from another program."""

from __future__ import annotations

import datetime as dt
import functools
import os

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from rateguard.adapters.policyd_rate_limit import Counts, Plan, planned, read
from rateguard.adapters.sql.foreign import mysql_mail_counts, sqlite_mail_counts
from rateguard.adapters.sql.mysql import MysqlServer
from rateguard.domain.errors import SourceUnreadable
from rateguard.domain.escaping import escaped
from rateguard.domain.orders import Arrival, Usage
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.import_ import Imported, ImportSenders
from rateguard.entrypoints.cli.cleanup import start_of_day
from rateguard.entrypoints.cli.session import (
    Session,
    operator,
    retried,
)
from rateguard.entrypoints.settings.environment import Loaded


CHUNK = 200
"""Senders in one unit of work."""

_DAY = 86400
_PATIENCE = 600.0
"""Seconds for reading a day's counts."""

_MYSQL_OPTIONS: Mapping[str, tuple[tuple[str, ...], type]] = {
    "host": (("unix_socket", "host"), str),
    "port": (("port",), int),
    "user": (("user",), str),
    "password": (("passwd", "password"), str),
    "database": (("db", "database"), str),
}
"""MysqlServer's names, and MySQLdb's for the same, and what they are."""


def from_policyd_rate_limit(
    config: Path, *, now: dt.datetime, period: int = _DAY, counters: bool = True
) -> Plan:
    """
    Return what policyd-rate-limit's settings, and what it counted in the
    *period* of so many seconds that *now*, an aware local time, is in, mean
    here.

    Raises:
        SourceUnreadable: with a line for each thing that is wrong.
    """
    settings = read(config)
    since = period_start(now, period)
    usages = _usages(settings.counts, since) if counters else []
    return planned(settings, usages, period=period)


def period_start(now: dt.datetime, period: int) -> dt.datetime:
    """
    Return when the period began, if the counters are reset at midnight or,
    with a shorter period, once a period from midnight on.
    """
    midnight = start_of_day(now)
    if period > _DAY:
        return midnight - dt.timedelta(seconds=period - _DAY)
    passed = (now - midnight).total_seconds()
    return midnight + dt.timedelta(seconds=passed // period * period)


def _usages(counts: Counts, since: dt.datetime) -> list[Usage]:
    if counts.backend == "sqlite":
        path = counts.options.get("database")
        if not isinstance(path, str):
            raise SourceUnreadable("sqlite_config: expected the path of a database")
        return sqlite_mail_counts(Path(path), since=since)
    if counts.backend == "mysql":
        return mysql_mail_counts(_server(counts.options), since=since)
    return []


def _server(options: Mapping[str, Any]) -> MysqlServer:
    found: dict[str, Any] = {"host": "localhost", "port": 3306, "password": ""}
    problems = []
    for ours, (names, kind) in _MYSQL_OPTIONS.items():
        name = next((each for each in names if each in options), None)
        if name is None:
            if ours not in found:
                problems.append(f"mysql_config: expected {' or '.join(names)}")
        elif isinstance(options[name], kind):
            found[ours] = options[name]
        else:
            # Not shown: it may be the password.
            expected = "a number" if kind is int else "text, in quotes"
            problems.append(f"mysql_config: {name}: expected {expected}")
    if problems:
        raise SourceUnreadable("\n".join(problems))
    return MysqlServer(**found, patience=_PATIENCE)


def imported(
    take_over: ImportSenders,
    arrivals: Sequence[Arrival],
    *,
    reason: str,
    force: bool = False,
    dry_run: bool = False,
) -> Iterator[Imported]:
    """
    Take over all, in chunks, and rest after each: the daemon goes on beside.

    Raises:
        StoreError: some are left to do; run it again.
    """
    for start in range(0, len(arrivals), CHUNK):
        step = functools.partial(
            take_over.step,
            arrivals[start : start + CHUNK],
            reason=reason,
            force=force,
            dry_run=dry_run,
        )
        yield from retried(step)


@click.group("import")
def import_() -> None:
    """Move in from another program."""


@import_.command("policyd-rate-limit")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/policyd-rate-limit.yaml"),
    show_default=True,
    help="Its settings.",
)
@click.option(
    "--period",
    type=click.IntRange(60, 366 * 86400),
    default=86400,
    show_default=True,
    help="Seconds from one cleanup to the next.",
)
@click.option("--no-counters", is_flag=True, help="Leave what it counted.")
@click.option("--force", is_flag=True, help="Set quotas too that were changed here.")
@click.option("--dry-run", is_flag=True, help="Change nothing, only tell.")
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
    Take over the limits and today's counts of policyd-rate-limit.

    What it had and RateGuard has not is told, a line each. Run again, it
    changes nothing; counters only rise.
    """
    with session.desk() as desk:
        # Writing would make one, by the name that this folder gives it.
        desk.require_database()
        loaded = desk.loaded
        plan = from_policyd_rate_limit(
            config,
            now=dt.datetime.now().astimezone(),
            period=period,
            counters=not no_counters,
        )
        for line in (*plan.remarks, *_newcomers(plan, loaded)):
            click.echo(line)
        done = imported(
            ImportSenders(
                units=desk.database.unit,
                clock=session.tools.clock,
                newcomer=QuotaPolicy.of(loaded.settings.quota),
                by=operator(loaded.environment, os.getuid()),
            ),
            plan.arrivals,
            reason=f"policyd-rate-limit, {config}",
            force=force,
            dry_run=dry_run,
        )
        summary = _Summary()
        for each in done:
            summary.take(each)
        click.echo(summary.line(dry_run=dry_run))


def _newcomers(plan: Plan, loaded: Loaded) -> Iterator[str]:
    quota = loaded.settings.quota
    if plan.quota != quota:
        yield f"limits: new senders have QUOTA, {quota}; set QUOTA={plan.quota}"


class _Summary:
    """Tells of each quota, and counts the rest."""

    def __init__(self) -> None:
        self.senders = self.quotas = self.counters = self.kept = 0

    def take(self, each: Imported) -> None:
        fields = {field.name: field for field in each.change.fields}
        sender = escaped(each.arrival.sender)
        self.senders += 1
        if fields.keys() & {"quota", "quota_reset"}:
            self.quotas += 1
        if each.arrival.own and "quota" in fields:
            field = fields["quota"]
            click.echo(f"{sender}: quota {field.before} -> {field.after}")
        if fields.keys() & {"messages", "recipients"}:
            self.counters += 1
        if each.kept is not None:
            self.kept += 1
            click.echo(
                f"{sender}: quota {each.kept} was set here and stays, instead of"
                f" {each.arrival.quota}; --force sets it"
            )

    def line(self, *, dry_run: bool) -> str:
        begin = "would be changed" if dry_run else "changed"
        return (
            f"{self.senders} senders; {begin}: {self.quotas} quotas,"
            f" {self.counters} counters; {self.kept} quotas stay as set here"
        )
