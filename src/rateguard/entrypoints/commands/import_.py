"""
``rateguard import``: move in from another program.
"""

from __future__ import annotations

import datetime as dt
import os

from collections.abc import Iterator
from pathlib import Path

import click

from rateguard.adapters.imports.policyd_rate_limit import Plan
from rateguard.domain.errors import StoreOutdated
from rateguard.domain.escaping import escaped
from rateguard.domain.usecases.import_senders import Imported
from rateguard.entrypoints.console import told, warned
from rateguard.entrypoints.container.composition import compose
from rateguard.entrypoints.desk import no_store
from rateguard.entrypoints.environment import Loaded, load
from rateguard.entrypoints.importing import from_policyd_rate_limit, imported
from rateguard.entrypoints.who import operator


@click.group("import")
def import_() -> None:
    """
    Move in from another program.
    """


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
    env_file: Path | None,
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
    with told():
        loaded = warned(load(env_file))
        container = compose(loaded.settings)
        if not container.dialect().exists():
            # Writing would make one, by the name that this folder gives it.
            raise StoreOutdated(no_store(loaded))
        plan = from_policyd_rate_limit(
            config,
            now=dt.datetime.now().astimezone(),
            period=period,
            counters=not no_counters,
        )
        for line in (*plan.remarks, *_newcomers(plan, loaded)):
            click.echo(line)
        done = imported(
            container.import_senders(by=operator(loaded.environment, os.getuid())),
            plan.arrivals,
            reason=f"policyd-rate-limit, {config}",
            force=force,
            dry_run=dry_run,
        )
        summary = _Summary()
        for each in done:
            summary.take(each)
        container.pool().close()
        click.echo(summary.line(dry_run=dry_run))


def _newcomers(plan: Plan, loaded: Loaded) -> Iterator[str]:
    quota = loaded.settings.quota
    if plan.quota != quota:
        yield f"limits: new senders have QUOTA, {quota}; set QUOTA={plan.quota}"


class _Summary:
    """
    Tells of each quota, and counts the rest.
    """

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
