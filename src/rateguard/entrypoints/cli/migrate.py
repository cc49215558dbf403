"""``rateguard migrate``."""

from __future__ import annotations

import sys

from pathlib import Path

import click

from rateguard.entrypoints.cli.session import FAILED, told, warned
from rateguard.entrypoints.container import StoreAccess
from rateguard.entrypoints.settings.environment import load


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if pending.")
@click.option("--break-lock", is_flag=True, help="Remove a killed run's lock.")
@click.pass_obj
def migrate(env_file: Path | None, *, check: bool, break_lock: bool) -> None:
    """Bring the database's schema up, or take over policyd-rate-guard's."""
    with told():
        migrator = StoreAccess(warned(load(env_file)).settings).migrator
        if break_lock:
            migrator.break_lock()
        if check:
            pending = migrator.pending()
            for migration in pending:
                click.echo(f"pending: {migration}")
            sys.exit(FAILED if pending else 0)
        applied = migrator.apply()
        for migration in applied:
            click.echo(f"applied: {migration}")
        if not applied:
            click.echo("nothing to do")
