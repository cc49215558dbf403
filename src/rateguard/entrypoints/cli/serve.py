"""``rateguard serve``."""

from __future__ import annotations

import click

from rateguard.entrypoints.cli.session import Session, told
from rateguard.entrypoints.settings.environment import load


@click.command()
@click.pass_obj
def serve(session: Session) -> None:
    """
    Guard: answer Postfix until told to stop.

    SIGTERM and SIGINT stop after what is in flight is answered, a second one
    stops at once, SIGHUP reopens the log file.
    """
    with told():
        session.tools.serve(load(session.env_file))
