"""``rateguard history``."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Mapping, Sequence

import attrs
import click

from rateguard.domain.orders import Change
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.output.output import Shape, expect, limited, shaped, show
from rateguard.entrypoints.cli.output.table import Column, Table
from rateguard.entrypoints.cli.output.texts import brief_time, local_time
from rateguard.entrypoints.cli.session import Session


@click.command()
@click.argument("name", metavar="[SENDER]", default="", type=SENDER)
@limited(50)
@shaped
@click.pass_obj
def history(session: Session, *, name: str, limit: int, shape: Shape) -> None:
    """Show who changed what, when and why."""
    with session.desk() as at_desk:
        expect(shape)
        with at_desk.looking() as unit:
            found = unit.history.find(sender=name, limit=limit)
        show(change_table(found), shape)


_KEYS = ("at", "by", "action", "sender", "changes", "reason")


def change_table(changes: Sequence[Change], *, of_one: bool = False) -> Table:
    """Return a table of what operators did, without the sender if it is *of_one*."""
    columns = [
        Column.time("at", "at"),
        Column.of("by", "by", yields=4, least=8),
        Column.of("action", "action"),
        Column.name("sender", "sender", yields=1),
        Column(
            "changes",
            lambda row: said(row["changes"]),
            short=lambda row: said(row["changes"], brief_time),
            yields=3,
            least=20,
        ),
        Column.of("reason", "reason", yields=2, least=12),
    ]
    if of_one:
        del columns[3]
    rows = [{**row, "changes": row["fields"]} for row in map(attrs.asdict, changes)]
    return Table(_KEYS, columns, rows, "no changes")


def said(
    changes: Sequence[Mapping[str, str]],
    told: Callable[[dt.datetime], str] = local_time,
) -> str:
    """Return what was changed, on one line, times as *told*."""
    # Whoever is there has a quota.
    removed = any(each["name"] == "quota" and not each["after"] for each in changes)
    return ", ".join(
        f"{each['name'].replace('_', ' ')} {_value(each['before'], told)}"
        + ("" if removed else f" -> {_value(each['after'], told)}")
        for each in changes
    )


def _value(text: str, told: Callable[[dt.datetime], str]) -> str:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text or "none"
    # A number of eight figures is a date, too.
    return text if text.isdecimal() else told(at)
