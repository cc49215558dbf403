"""``rateguard history``."""

from __future__ import annotations

import click

from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.output.output import Shape, expect, shaped, show
from rateguard.entrypoints.cli.senders import LIMIT, change_table
from rateguard.entrypoints.cli.session import Session


@click.command()
@click.argument("name", metavar="[SENDER]", default="", type=SENDER)
@click.option("--limit", type=LIMIT, default=50, show_default=True)
@shaped
@click.pass_obj
def history(session: Session, *, name: str, limit: int, shape: Shape) -> None:
    """Show what operators changed: who, when, what and why."""
    with session.desk() as at_desk:
        expect(shape)
        with at_desk.looking() as unit:
            found = unit.history.find(sender=name, limit=limit)
        show(change_table(found), shape)
