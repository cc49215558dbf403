"""
``rateguard sender``: look at senders.
"""

from __future__ import annotations

import math
import time

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from rateguard.domain.reports import SenderQuery, SenderSort
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.completing import senders
from rateguard.entrypoints.desk import desk
from rateguard.entrypoints.display.output import (
    Shape,
    draw,
    expect,
    say,
    shaped,
    show,
)
from rateguard.entrypoints.display.table import Line
from rateguard.entrypoints.display.texts import local_time
from rateguard.entrypoints.display.written import as_json
from rateguard.entrypoints.senders.paging import LIMIT, OFFSET
from rateguard.entrypoints.senders.portrait import Portrait
from rateguard.entrypoints.senders.ranking import Rank, ranked
from rateguard.entrypoints.senders.rows import sender_table


_SORTS = [each.value.replace("_", "-") for each in SenderSort]


@click.command("list")
@click.option(
    "--sort",
    type=click.Choice(_SORTS),
    default="recipients",
    show_default=True,
    help="Names from a to z, all else from the largest.",
)
@click.option(
    "--containing",
    default="",
    callback=lambda _context, _parameter, text: sender_key(text),
    help="Only names with this in them.",
)
@click.option("--over-quota/--within-quota", default=None, help="Only those.")
@click.option("--suspended/--not-suspended", default=None, help="Only those.")
@click.option("--locked/--not-locked", default=None, help="Only those.")
@click.option("--raised/--not-raised", default=None, help="Only those.")
@click.option("--limit", type=LIMIT, default=50, show_default=True)
@click.option("--offset", type=OFFSET, default=0, help="Skip so many.")
@shaped
@click.pass_obj
def list_senders(
    env_file: Path | None,
    /,
    *,
    shape: Shape,
    sort: str,
    limit: int,
    **wanted: Any,  # noqa: ANN401 - as SenderQuery has them
) -> None:
    """
    List senders.
    """
    query = SenderQuery(
        sort=SenderSort(sort.replace("-", "_")),
        limit=limit + 1,
        **wanted,
    )
    with desk(env_file) as at_desk:
        expect(shape)
        at = at_desk.now()
        with at_desk.looking() as unit:
            found = unit.reports.senders(query, at=at)
        show(sender_table(found[:limit], at), shape)
        if len(found) > limit:
            following = query.offset + limit
            click.echo(f"more: --offset {following}", err=True)


class _Seconds(click.FloatRange):
    """
    Not NaN, which is neither below nor above any limit.
    """

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """
        Return the number.
        """
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


@click.command()
@click.option(
    "--by",
    type=click.Choice([each.value for each in Rank]),
    default=Rank.RECIPIENTS.value,
    show_default=True,
    help="blocked: messages since midnight.",
)
@click.option("--limit", type=LIMIT, default=10, show_default=True)
@click.option(
    "--watch",
    type=_Seconds(0.1, 86400),
    is_flag=False,
    flag_value=2.0,
    metavar="[SECONDS]",
    help="Again every so often (2), until Ctrl-C.",
)
@shaped
@click.pass_obj
def top(
    env_file: Path | None, *, by: str, limit: int, watch: float | None, shape: Shape
) -> None:
    """
    Show who sends the most.
    """
    with desk(env_file) as at_desk, suppress(KeyboardInterrupt):
        expect(shape)
        while True:
            at = at_desk.now()
            with at_desk.looking() as unit:
                table = ranked(unit, Rank(by), limit=limit, at=at)
            if watch is not None:
                click.clear()
            if watch is not None and shape is Shape.PEOPLE:
                draw([Line(f"by {by}, {local_time(at)}", "bold"), table, Line()])
            else:
                show(table, shape)
            if watch is None:
                return
            time.sleep(watch)


@click.command("show")
@click.argument("name", metavar="SENDER", shell_complete=senders)
@shaped
@click.pass_obj
def show_sender(env_file: Path | None, *, name: str, shape: Shape) -> None:
    """
    Show all that is known of a sender.

    Messages and clients are those of the last 24 hours.
    """
    with desk(env_file) as at_desk:
        expect(shape)
        with at_desk.looking() as unit:
            portrait = Portrait.of(unit, sender_key(name), at_desk.now())
        if shape is Shape.JSON:
            say(as_json(portrait.for_scripts()))
        elif shape is Shape.CSV:
            show(portrait.table(), shape)
        else:
            draw(portrait.for_people())
