"""Standard output, as somebody wants it."""

from __future__ import annotations

import enum
import importlib
import shlex
import sys
import threading

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import click

from click.core import ParameterSource

from rateguard.entrypoints.cli.output.scripts import (
    rows_as_csv,
    rows_as_json,
)
from rateguard.entrypoints.cli.output.table import Part, Row, Table


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

_C = TypeVar("_C", bound=Callable[..., Any])


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


_DRAWN = "rateguard.entrypoints.cli.output.drawn"


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
        say(rows_as_json(table, following=following))
    elif shape is Shape.CSV:
        say(rows_as_csv(table))
    else:
        draw([table], shape)
    if following:
        click.echo(f"more: {shlex.join(again(**following))}", err=True)


def again(**changed: Any) -> list[str]:  # noqa: ANN401 - whatever options are
    """Return the command line of this run with some options changed."""
    context = click.get_current_context()
    words: list[str] = []
    while context.parent is not None:
        words[:0] = [context.command.name or "", *_given(context, changed)]
        context = context.parent
    return [context.info_name or "", *_given(context, changed), *words]


def _given(context: click.Context, changed: Row) -> Iterator[str]:
    for option in context.command.params:
        name, value = str(option.name), context.params.get(str(option.name))
        if name in changed:
            value = changed[name]
        elif context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if not isinstance(option, click.Option) or value is None:
            continue
        if not option.is_flag:
            yield from (option.opts[0], str(value))
        elif isinstance(option.flag_value, Shape):
            if value is option.flag_value:
                yield option.opts[0]
        else:
            yield (option.opts if value else option.secondary_opts)[0]


def draw(parts: Iterable[Part], shape: Shape = Shape.PEOPLE) -> None:
    from rateguard.entrypoints.cli.output.drawn import drawn  # noqa: PLC0415 - slow

    say(drawn(parts, wide=shape is Shape.WIDE))


def redraw(parts: Iterable[Part]) -> None:
    """The same in the place of all that the terminal shows."""
    from rateguard.entrypoints.cli.output.drawn import screenful  # noqa: PLC0415

    say(screenful(parts))


def say(text: str) -> None:
    """Write text at once and whole; what the locale cannot have is escaped."""
    encoding = encoding_of_output()
    fit = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(fit, nl=False)


def encoding_of_output() -> str:
    return sys.stdout.encoding or "ascii"
