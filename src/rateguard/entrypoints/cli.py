"""
The command line.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sys

from pathlib import Path

import click

from rateguard import __version__
from rateguard.entrypoints.ask import ask as ask_daemon
from rateguard.entrypoints.cleanup import Cleanup
from rateguard.entrypoints.cli_notify import notify
from rateguard.entrypoints.console import FAILED, told, warned
from rateguard.entrypoints.environment import load
from rateguard.entrypoints.serve import serve as serve_until_stopped
from rateguard.entrypoints.settings import SECRETS
from rateguard.entrypoints.settings.addresses import Address
from rateguard.entrypoints.settings.addresses import addresses as parse_addresses


_EPILOG = (
    "Exit status: 0 done, 1 it could not be done, 2 wrong settings or a wrong"
    " command line. Settings come from the environment, then from a .env file."
)


@click.group(epilog=_EPILOG)
@click.version_option(__version__, prog_name="rateguard")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="Settings file; else .env, else /etc/rateguard/rateguard.env.",
)
@click.pass_context
def main(context: click.Context, env_file: Path | None) -> None:
    """
    The sender quota guard for Postfix.
    """
    context.obj = env_file


@main.command()
@click.pass_obj
def serve(env_file: Path | None) -> None:
    """
    Guard: answer Postfix until told to stop.

    SIGTERM and SIGINT stop after what is in flight is answered, a second one
    stops at once, SIGHUP reopens the log file.
    """
    with told():
        serve_until_stopped(load(env_file))


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if pending.")
@click.option("--break-lock", is_flag=True, help="Remove a killed run's lock.")
@click.pass_obj
def migrate(env_file: Path | None, *, check: bool, break_lock: bool) -> None:
    """
    Bring the database's schema up, or take over policyd-rate-guard's.
    """
    with told():
        migrator = warned(load(env_file)).migrator()
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


main.add_command(notify)


@main.command()
@click.pass_obj
def cleanup(env_file: Path | None) -> None:
    """
    Start a new period for every sender, delete old messages.

    Run it once a day. A run that was cut off is finished by the next.
    """
    with told():
        loaded = load(env_file)
        container = warned(loaded)
        clean = Cleanup(
            container.reset_counters(),
            container.purge_messages(),
            container.purge_notifications(),
        )
        retention = loaded.settings.message_retention
        cleaned = clean(now=dt.datetime.now().astimezone(), retention=retention)
        container.pool().close()
        click.echo(
            f"counters reset, {cleaned.messages} messages and"
            f" {cleaned.notifications} notices deleted"
        )


@main.command("check-config")
@click.pass_obj
def check_config(env_file: Path | None) -> None:
    """
    Print the settings in force, secrets masked.
    """
    with told():
        loaded = load(env_file)
        # Each is made, so that what is wrong with it is told.
        warned(loaded).notifiers()
        click.echo(f"# settings file: {loaded.env_file or 'none'}")
        for name, text in loaded.texts.items():
            shown = "***" if name in SECRETS and text else text
            click.echo(f"{name}={shown}")


@main.command()
@click.option("--sender", required=True, help="SASL user name.")
@click.option("--recipients", default=1, show_default=True, help="How many.")
@click.option("--state", default="DATA", show_default=True, help="SMTP stage.")
@click.option("--socket", "where", help="Daemon to ask; else the first of SOCKET.")
@click.pass_obj
def ask(
    env_file: Path | None, sender: str, recipients: int, state: str, where: str | None
) -> None:
    """
    Ask the running daemon as Postfix would, and print its action.

    The message is counted, like a real one.
    """
    attributes = {
        "request": "smtpd_access_policy",
        "protocol_state": state,
        "protocol_name": "ESMTP",
        "client_address": "127.0.0.1",
        "client_name": "rateguard-ask",
        "sasl_method": "ask",
        "sasl_username": sender,
        "sender": sender,
        "recipient_count": str(recipients),
        "instance": f"ask.{secrets.token_hex(8)}",
    }
    with told():
        addresses = (
            load(env_file).settings.socket if where is None else _addresses(where)
        )
        try:
            action = ask_daemon(addresses[0], attributes)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        click.echo(action)


def _addresses(where: str) -> tuple[Address, ...]:
    try:
        return parse_addresses(where)
    except ValueError:
        raise click.UsageError(
            f"--socket {where}: expected host,port or a path"
        ) from None
