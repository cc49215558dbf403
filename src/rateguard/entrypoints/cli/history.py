"""``rateguard history``."""

from __future__ import annotations

import click

from rateguard.domain.submission import sender_key
from rateguard.entrypoints.cli.output.output import Shape, expect, shaped, show
from rateguard.entrypoints.cli.senders import LIMIT, change_table
from rateguard.entrypoints.cli.session import Session, senders


@click.command()
@click.argument("name", metavar="[SENDER]", default="", shell_complete=senders)
@click.option("--limit", type=LIMIT, default=50, show_default=True)
@shaped
@click.pass_obj
def history(session: Session, *, name: str, limit: int, shape: Shape) -> None:
    """Show what operators changed: who, when, what and why."""
    with session.desk() as at_desk:
        expect(shape)
        with at_desk.looking() as unit:
            found = unit.history.find(sender=sender_key(name), limit=limit)
        show(change_table(found), shape)
