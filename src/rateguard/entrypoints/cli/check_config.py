"""``rateguard check-config``."""

from __future__ import annotations

from pathlib import Path

import click

from rateguard.adapters.clock import SystemClock
from rateguard.entrypoints.cli.session import told, warned
from rateguard.entrypoints.container import notifiers_of
from rateguard.entrypoints.settings import SECRETS
from rateguard.entrypoints.settings.environment import load


@click.command("check-config")
@click.pass_obj
def check_config(env_file: Path | None) -> None:
    """Print the settings in force, secrets masked."""
    with told():
        loaded = warned(load(env_file))
        # Each is made, so that what is wrong with it is told.
        notifiers_of(loaded.settings, loaded.environment, SystemClock())
        click.echo(f"# settings file: {loaded.env_file or 'none'}")
        for name, text in loaded.texts.items():
            shown = "***" if name in SECRETS and text else text
            click.echo(f"{name}={shown}")
