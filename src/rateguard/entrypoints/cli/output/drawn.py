"""What people see."""

from __future__ import annotations

import io
import shutil
import sys

from collections.abc import Iterable, Sequence
from typing import TextIO

import attrs
import click

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from rateguard.entrypoints.cli.output.table import (
    Chart,
    Column,
    Facts,
    Line,
    Part,
    Row,
    Table,
)
from rateguard.entrypoints.cli.output.texts import shown


_NO_EDGE = 100_000
"""Columns of an output that is no terminal: nothing is ever cut."""

_GAP = 2

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:#"
"""From nothing to a full character."""


def drawn(
    parts: Iterable[Part], output: TextIO | None = None, *, wide: bool = False
) -> str:
    """
    Return the parts as *output*, by default standard output, shall have them: in
    colour if it is a terminal, and as wide as that, or as COLUMNS says; whole if it
    is none, or *wide*.
    """
    output = output or sys.stdout
    console = Console(
        file=output, markup=False, emoji=False, highlight=False, safe_box=True
    )
    # COLUMNS, as watch(1) sets it for what it shows.
    told = shutil.get_terminal_size((_NO_EDGE, 0)).columns
    room = console.width if console.is_terminal else told
    if wide:
        room = _NO_EDGE
    if not console.is_terminal:
        console = Console(file=io.StringIO(), width=room, color_system=None)
    more, levels = ("…", BLOCKS) if has_blocks(output) else ("~", ASCII)
    hidden: dict[str, None] = {}
    with console.capture() as capture:
        for part in parts:
            # Texts are wrapped so that nothing in them is taken for markup.
            match part:
                case Line(text, style):
                    console.print(Text(text, style), soft_wrap=True)
                case Facts(rows):
                    console.print(_facts(rows))
                case Chart(title, style=style):
                    text = "\n".join((title, *bars(part, levels)))
                    console.print(Text(text, style), soft_wrap=True)
                case Table(rows=[]):
                    console.print(Text(part.nothing))
                case Table():
                    columns = _fitted(part, room)
                    kept = [each.column for each in columns]
                    hidden |= {c.title: None for c in part.columns if c not in kept}
                    lines = Text("\n").join(_lines(columns, part.rows, more))
                    console.print(lines, soft_wrap=True)
        if hidden:
            text = f"not shown: {', '.join(hidden)}; see --wide"
            console.print(Text(text, "dim"))
    return "".join(f"{line.rstrip(' ')}\n" for line in capture.get().splitlines())


def has_blocks(output: TextIO) -> bool:
    """Whether its encoding has more than ASCII's characters to draw with."""
    try:
        f"…{BLOCKS}".encode(getattr(output, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bars(chart: Chart, levels: str = BLOCKS) -> list[str]:
    """Return the lines of a chart, the top first."""
    full, space = len(levels) - 1, " " if chart.width > 1 else ""
    scale = chart.height * full / max([*chart.values, 1])
    fills = [max(1, round(each * scale)) if each else 0 for each in chart.values]
    return [
        space.join(
            chart.width * levels[min(full, max(0, fill - row * full))] for fill in fills
        )
        for row in reversed(range(chart.height))
    ]


def screenful(parts: Iterable[Part]) -> str:
    """Return what puts the parts in the place of all that the terminal shows."""
    size = shutil.get_terminal_size()
    left, kept = size.lines - 1, []
    for line in drawn(parts).splitlines(keepends=True):
        left -= max(1, -(-cell_len(click.unstyle(line.rstrip("\n"))) // size.columns))
        if left < 0:
            break
        kept.append(line)
    return f"\x1b[H\x1b[J{''.join(kept)}"


@attrs.define
class _Laid:
    """
    A column, and how wide it is drawn.

    Attributes:
        full, short: What stands in each row.
    """

    column: Column
    full: list[str]
    short: list[str]
    width: int = 0

    @classmethod
    def of(cls, column: Column, rows: Sequence[Row]) -> _Laid:
        full = [shown(column.text(row)) for row in rows]
        short = column.short and [shown(column.short(row)) for row in rows]
        return cls(column, full, short or full)

    def widest(self, texts: Iterable[str]) -> int:
        return max(map(cell_len, (self.column.title, *texts)))

    def cell(self, number: int, more: str) -> str:
        for text in (self.full[number], self.short[number]):
            if cell_len(text) <= self.width or self.column.whole:
                return text
        return set_cell_size(text, self.width - 1) + more


def _fitted(table: Table, room: int) -> list[_Laid]:
    """Return the columns that there is room for, each as wide as there is."""
    laid = [_Laid.of(column, table.rows) for column in table.columns]
    in_order = sorted(laid, key=lambda each: each.column.yields)
    yielding = [each for each in in_order if each.column.yields]
    while True:
        for each in laid:
            each.width = each.widest(each.full)
        for each in in_order:
            if _excess(laid, room) > 0:
                each.width = each.widest(each.short)
        for each in in_order:
            if each.column.least and not (each.column.whole and each in yielding):
                least = max(each.column.least, len(each.column.title))
                narrower = max(least, each.width - max(0, _excess(laid, room)))
                each.width = min(each.width, narrower)
        if _excess(laid, room) <= 0 or not yielding:
            return laid
        first = yielding.pop(0)
        if not first.column.whole:
            laid.remove(first)
            in_order.remove(first)


def _excess(laid: Sequence[_Laid], room: int) -> int:
    return sum(each.width + _GAP for each in laid) - _GAP - room


def _lines(laid: Sequence[_Laid], rows: Sequence[Row], more: str) -> Iterable[Text]:
    yield _line(laid, [Text(each.column.title.upper(), "bold") for each in laid])
    for number, row in enumerate(rows):
        cells = [Text(each.cell(number, more), each.column.style(row)) for each in laid]
        for index, each in enumerate(laid):
            if cells[index].cell_len > each.width:
                yield cells[index]
                cells[index] = Text()
        yield _line(laid, cells)


def _line(laid: Sequence[_Laid], cells: Sequence[Text]) -> Text:
    line = Text()
    for each, cell in zip(laid, cells, strict=True):
        padding = " " * (each.width - cell.cell_len)
        first, last = (padding, cell) if each.column.right else (cell, padding)
        line.append(first).append(last).append(" " * _GAP)
    line.rstrip()
    return line


def _facts(rows: Iterable[tuple[str, str | Line]]) -> RenderableType:
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, said in rows:
        line = said if isinstance(said, Line) else Line(said)
        grid.add_row(Text(name, "bold"), Text(line.text, line.style))
    return grid
