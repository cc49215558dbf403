"""What people see."""

from __future__ import annotations

import io
import sys

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from rateguard.entrypoints.cli.output.table import Column, Facts, Line, Part, Row, Table
from rateguard.entrypoints.cli.output.texts import shown


_NO_EDGE = 100_000
"""Columns of an output that is no terminal: nothing is ever cut."""


def drawn(parts: Iterable[Part], output: TextIO | None = None) -> str:
    """
    Return the parts as *output*, by default standard output, shall have them:
    in colour and as wide as it is if it is a terminal, and whole if not.
    """
    output = output or sys.stdout
    console = Console(
        file=output, markup=False, emoji=False, highlight=False, safe_box=True
    )
    if not console.is_terminal:
        console = Console(file=io.StringIO(), width=_NO_EDGE, color_system=None)
    with console.capture() as capture:
        for part in parts:
            console.print(_renderable(part), soft_wrap=isinstance(part, Line))
    return "".join(f"{line.rstrip(' ')}\n" for line in capture.get().splitlines())


def _renderable(part: Part) -> RenderableType:
    # Texts are wrapped so that nothing in them is taken for markup.
    match part:
        case Line(text, style):
            return Text(text, style)
        case Facts(rows):
            return _facts(rows)
        case Table(rows=[]):
            return Text(part.nothing)
    table = RichTable(
        box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0)
    )
    for column in part.columns:
        table.add_column(
            column.title.upper(),
            justify="right" if column.right else "left",
            overflow="fold",
        )
    for row in part.rows:
        table.add_row(*[_cell(column, row) for column in part.columns])
    return table


def _cell(column: Column, row: Row) -> Text:
    return Text(shown(column.text(row)), column.style(row))


def _facts(rows: Iterable[tuple[str, str | Line]]) -> RichTable:
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, said in rows:
        line = said if isinstance(said, Line) else Line(said)
        grid.add_row(Text(name, "bold"), Text(line.text, line.style))
    return grid
