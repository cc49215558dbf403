"""The daemon, its settings and its tables: serve, ask, check-config, migrate."""

from __future__ import annotations

import sys

import click

from rateguard.domain.errors import StoreError
from rateguard.domain.ports import Database, UnitOfWork
from rateguard.domain.reports import Totals
from rateguard.entrypoints.cli.completion import hasty
from rateguard.entrypoints.cli.session import FAILED, Session, complain, told
from rateguard.entrypoints.settings import SECRETS, Settings
from rateguard.entrypoints.settings.addresses import addresses
from rateguard.entrypoints.settings.environment import load


@click.command()
@click.pass_obj
def serve(session: Session) -> None:
    """
    Run the daemon that answers Postfix.

    SIGTERM and SIGINT stop it once all pending requests are answered; a second
    one stops it at once. SIGHUP reopens the log file.
    """
    with told():
        session.tools.serve(load(session.env_file))


@click.command()
@click.option("--sender", required=True, help="SASL login name.")
@click.option(
    "--recipients", default=1, show_default=True, help="Number of recipients."
)
@click.option(
    "--state", default="DATA", show_default=True, help="SMTP stage to ask at."
)
@click.option(
    "--socket", "where", help="Address to ask; default: where the daemon listens."
)
@click.pass_obj
def ask(
    session: Session, sender: str, recipients: int, state: str, where: str | None
) -> None:
    """
    Ask the running daemon as Postfix would, and print its action.

    The message is counted like a real one.
    """
    with told():
        if where is None:
            places = session.where_to_ask(load(session.env_file))
        else:
            try:
                places = addresses(where)
            except ValueError:
                expected = f"--socket {where}: expected host,port or a path"
                raise click.UsageError(expected) from None
        try:
            action = session.tools.ask(
                places[0].place, sender=sender, recipients=recipients, stage=state
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        click.echo(action)


@click.command()
@click.option(
    "--check", is_flag=True, help="Change nothing; exit with 1 if any is pending."
)
@click.option(
    "--break-lock", is_flag=True, help="Remove the lock of a run that was killed."
)
@click.pass_obj
def migrate(session: Session, *, check: bool, break_lock: bool) -> None:
    """Create or update the tables, also those of policyd-rate-guard."""
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


@click.command("check-config")
@click.pass_obj
def check_config(session: Session) -> None:
    """Print the settings in force, with secrets masked."""
    with told():
        loaded = session.load()
        # Each is made, so that what is wrong with it is told.
        session.tools.notifiers(loaded)
        click.echo(f"# settings file: {loaded.env_file or 'none'}")
        for name, text in loaded.texts.items():
            shown = "***" if name in SECRETS and text else text
            click.echo(f"{name}={shown}")
        database = session.tools.database(hasty(loaded))
        if hint := quota_hint(database, loaded.settings):
            complain(hint)
        database.close()


def quota_hint(database: Database, settings: Settings) -> str:
    """
    Return a sentence if QUOTA is not the quota of most senders; ``""`` if it is, or
    the database does not tell.
    """
    try:
        if not database.exists() or database.schema.pending():
            return ""
        with database.reading_unit() as unit:
            return hint(unit, settings.quota)
    except StoreError:
        return ""


def hint(unit: UnitOfWork, quota: int, totals: Totals | None = None) -> str:
    """
    Return the same. *totals* that were counted with *quota* may spare counting how
    often each quota is there.
    """
    if totals is not None and 2 * totals.of_quota >= totals.senders:
        return ""
    common = unit.reports.common_quota()
    if common is None or common.quota == quota:
        return ""
    senders = (
        "1 sender has" if common.senders == 1 else f"{common.senders:,} senders have"
    )
    return (
        f"{senders} a quota of {common.quota}; QUOTA applies only to new senders;"
        f" rateguard sender set --quota-was {common.quota} --quota {quota}"
    )
