"""
``rateguard status``.
"""

from __future__ import annotations

import sys

from pathlib import Path

import click

from rateguard.entrypoints.console import FAILED
from rateguard.entrypoints.desk import desk
from rateguard.entrypoints.display.chart import levels_for
from rateguard.entrypoints.display.output import (
    draw,
    encoding_of_output,
    expect,
    say,
)
from rateguard.entrypoints.display.texts import shown
from rateguard.entrypoints.display.written import as_json
from rateguard.entrypoints.overview.health import complaints, summary
from rateguard.entrypoints.overview.look import look
from rateguard.entrypoints.overview.words import for_people, for_scripts


@click.command()
@click.option("--brief", is_flag=True, help="One line, as monitoring plugins print.")
@click.option("--json", "json_", is_flag=True, help="For scripts: JSON.")
@click.pass_obj
def status(env_file: Path | None, *, brief: bool, json_: bool) -> None:
    """
    Show everything at one glance, and whether all is well.

    Exit status: 0 all is well; 1 something needs attention: daemon or store
    away, schema behind, cleanup overdue; 2 wrong settings.
    """
    with desk(env_file) as at_desk:
        if not (brief or json_):
            expect()
        overview = look(at_desk)
        if json_:
            say(as_json(for_scripts(overview)))
        elif brief:
            say(shown(summary(overview)) + "\n")
        else:
            draw(for_people(overview, levels_for(encoding_of_output())))
        if any(complaints(overview)):
            sys.exit(FAILED)
