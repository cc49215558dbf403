"""``rateguard ask``."""

from __future__ import annotations

import click

from rateguard.entrypoints.cli.session import Session, told
from rateguard.entrypoints.settings.addresses import Address
from rateguard.entrypoints.settings.addresses import addresses as parse_addresses
from rateguard.entrypoints.settings.environment import load


@click.command()
@click.option("--sender", required=True, help="SASL user name.")
@click.option("--recipients", default=1, show_default=True, help="How many.")
@click.option("--state", default="DATA", show_default=True, help="SMTP stage.")
@click.option("--socket", "where", help="Daemon to ask; else the running one.")
@click.pass_obj
def ask(
    session: Session, sender: str, recipients: int, state: str, where: str | None
) -> None:
    """
    Ask the running daemon as Postfix would, and print its action.

    The message is counted, like a real one.
    """
    with told():
        addresses = (
            session.where_to_ask(load(session.env_file))
            if where is None
            else _addresses(where)
        )
        try:
            action = session.tools.ask(
                addresses[0].place,
                sender=sender,
                recipients=recipients,
                stage=state,
            )
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
