"""
``rateguard cleanup``.
"""

from __future__ import annotations

import datetime as dt

from pathlib import Path

import click

from rateguard.entrypoints.cleanup import Cleanup
from rateguard.entrypoints.console import told, warned
from rateguard.entrypoints.container.composition import compose
from rateguard.entrypoints.environment import load


@click.command()
@click.pass_obj
def cleanup(env_file: Path | None) -> None:
    """
    Start a new period for every sender, delete old messages.

    Run it once a day. A run that was cut off is finished by the next.
    """
    with told():
        loaded = warned(load(env_file))
        container = compose(loaded.settings)
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
