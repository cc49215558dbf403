"""Standard output, as somebody wants it: drawn for people, JSON or CSV for scripts."""

from __future__ import annotations

import csv
import datetime as dt
import enum
import importlib
import io
import json
import shlex
import sys
import threading

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from rateguard.domain.escaping import escaped
from rateguard.entrypoints.cli.output.table import Part, Row, Table


_DRAWN = "rateguard.entrypoints.cli.output.drawn"

_C = TypeVar("_C", bound=Callable[..., Any])


class Shape(enum.Enum):
    """For whom something is shown: for people, unless it is JSON or CSV."""

    PEOPLE = "people"
    WIDE = "wide"
    JSON = "json"
    CSV = "csv"

    @property
    def for_people(self) -> bool:
        return self in {Shape.PEOPLE, Shape.WIDE}


_OFFERED = {
    Shape.WIDE: "All columns, nothing shortened.",
    Shape.CSV: "For scripts: CSV.",
    Shape.JSON: "For scripts: JSON.",
}


def shaped(command: _C, *, shapes: Iterable[Shape] = _OFFERED) -> _C:
    """Give a command ``--wide``, ``--json`` and ``--csv``; it gets a *shape*."""
    for shape in shapes:
        command = click.option(
            f"--{shape.value}",
            "shape",
            flag_value=shape,
            type=Shape,
            default=Shape.PEOPLE,
            help=_OFFERED[shape],
        )(command)
    return command


def limited(default: int) -> Callable[[_C], _C]:
    return click.option(
        "--limit", type=click.IntRange(1, 1_000_000), default=default, show_default=True
    )


def expect(shape: Shape = Shape.PEOPLE) -> None:
    """
    Get ready to show something while the database is still busy: the library
    that draws takes a fifth of a command's time to import.
    """
    if shape.for_people:
        threading.Thread(target=importlib.import_module, args=(_DRAWN,)).start()


def show(table: Table, shape: Shape, following: Row | None = None) -> None:
    """
    Show a table, and how to see the page that follows: *following* has the options
    for it.
    """
    if shape is Shape.JSON:
        say(rows_as_json(table, following))
    elif shape is Shape.CSV:
        say(rows_as_csv(table))
    else:
        draw([table], shape)
    if following:
        words = (
            f"--{option} {shlex.quote(str(value))}"
            for option, value in following.items()
            if value is not None
        )
        click.echo(f"more: the same with {' '.join(words)}", err=True)


def rows_as_json(table: Table, following: Row | None = None) -> str:
    """Return a list of objects; the last one has the page that follows as ``next``."""
    rows = table.for_scripts()
    if following:
        rows[-1]["next"] = following
    return as_json(rows)


def as_json(value: Any) -> str:  # noqa: ANN401
    """
    Return any rows as JSON. In ASCII, so that no terminal is told anything
    and every locale can have it.
    """
    return json.dumps(value, indent=2, default=_iso) + "\n"


def _iso(at: dt.datetime) -> str:
    return at.astimezone().isoformat(timespec="seconds")


def rows_as_csv(table: Table) -> str:
    """Return a heading and a line a row, unprintable text escaped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.keys)
    writer.writerows(map(_flat, row.values()) for row in table.for_scripts())
    return text.getvalue()


def _flat(value: Any) -> Any:  # noqa: ANN401
    match value:
        case str():
            return escaped(value)
        case dt.datetime():
            return _iso(value)
        case bool() | list() | tuple() | dict():
            return json.dumps(value, default=_iso)
    return value


def draw(parts: Iterable[Part], shape: Shape = Shape.PEOPLE) -> None:
    from rateguard.entrypoints.cli.output.drawn import drawn  # noqa: PLC0415 - slow

    say(drawn(parts, wide=shape is Shape.WIDE))


def redraw(parts: Iterable[Part]) -> None:
    """The same in the place of all that the terminal shows."""
    from rateguard.entrypoints.cli.output.drawn import screenful  # noqa: PLC0415

    say(screenful(parts))


def say(text: str) -> None:
    """Write text at once and whole; what the locale cannot have is escaped."""
    encoding = sys.stdout.encoding or "ascii"
    fit = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(fit, nl=False)
