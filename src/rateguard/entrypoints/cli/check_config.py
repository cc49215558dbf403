"""``rateguard check-config``."""

from __future__ import annotations

import click

from rateguard.entrypoints.cli.completion import hasty
from rateguard.entrypoints.cli.newcomers import quota_hint
from rateguard.entrypoints.cli.session import Session, complain, told
from rateguard.entrypoints.settings import SECRETS


@click.command("check-config")
@click.pass_obj
def check_config(session: Session) -> None:
    """Print the settings in force, secrets masked."""
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
