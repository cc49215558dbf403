"""
``rateguard history``.
"""

from __future__ import annotations

from pathlib import Path

import click

from rateguard.domain.submission import sender_key
from rateguard.entrypoints.completing import senders
from rateguard.entrypoints.desk import desk
from rateguard.entrypoints.display.output import Shape, expect, shaped, show
from rateguard.entrypoints.senders.logged import change_table
from rateguard.entrypoints.senders.paging import LIMIT


@click.command()
@click.argument("name", metavar="[SENDER]", default="", shell_complete=senders)
@click.option("--limit", type=LIMIT, default=50, show_default=True)
@shaped
@click.pass_obj
def history(env_file: Path | None, *, name: str, limit: int, shape: Shape) -> None:
    """
    Show what operators changed: who, when, what and why.
    """
    with desk(env_file) as at_desk:
        expect(shape)
        with at_desk.looking() as unit:
            found = unit.history.find(sender=sender_key(name), limit=limit)
        show(change_table(found), shape)
