"""``rateguard serve``."""

from __future__ import annotations

from pathlib import Path

import click

from rateguard.entrypoints.cli.session import told
from rateguard.entrypoints.daemon.application import serve as serve_until_stopped
from rateguard.entrypoints.settings.environment import load


@click.command()
@click.pass_obj
def serve(env_file: Path | None) -> None:
    """
    Guard: answer Postfix until told to stop.

    SIGTERM and SIGINT stop after what is in flight is answered, a second one
    stops at once, SIGHUP reopens the log file.
    """
    with told():
        serve_until_stopped(load(env_file))
