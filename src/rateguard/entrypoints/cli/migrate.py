"""``rateguard migrate``."""

from __future__ import annotations

import sys

import click

from rateguard.entrypoints.cli.session import FAILED, Session, told


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if pending.")
@click.option("--break-lock", is_flag=True, help="Remove a killed run's lock.")
@click.pass_obj
def migrate(session: Session, *, check: bool, break_lock: bool) -> None:
    """Create or update the tables; take over those of policyd-rate-guard."""
    with told():
        schema = session.tools.database(session.load().settings).schema
        if break_lock:
            schema.break_lock()
        if check:
            pending = schema.pending()
            for migration in pending:
                click.echo(f"pending: {migration}")
            sys.exit(FAILED if pending else 0)
        applied = schema.apply()
        for migration in applied:
            click.echo(f"applied: {migration}")
        if not applied:
            click.echo("nothing to do")
