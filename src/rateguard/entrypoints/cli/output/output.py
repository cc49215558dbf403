"""Standard output."""

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

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import click

from click.core import ParameterSource

from rateguard.domain.escaping import escaped
from rateguard.entrypoints.cli.output.table import Part, Row, Table, Zone
from rateguard.entrypoints.cli.output.texts import iso


def rows_as_json(table: Table, zone: Zone = None, following: Row | None = None) -> str:
    """Return a list of objects; the last one has the page that follows as ``next``."""
    rows = [dict(_kept(table, row)) for row in table.rows]
    if following:
        rows[-1]["next"] = following
    return as_json(rows, zone)


def as_json(value: Any, zone: Zone = None) -> str:  # noqa: ANN401
    """
    Return any rows as JSON. In ASCII, so that no terminal is told anything
    and every locale can have it.
    """
    return json.dumps(_jsonable(value, zone), indent=2) + "\n"


def rows_as_csv(table: Table, zone: Zone = None) -> str:
    """Return a heading and a line a row, unprintable text escaped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.keys)
    for row in table.rows:
        writer.writerow([_flat(row[key], zone) for key in table.keys])
    return text.getvalue()


def _kept(table: Table, row: Row) -> Row:
    return {key: row[key] for key in table.keys}


def _jsonable(value: Any, zone: Zone) -> Any:  # noqa: ANN401
    if isinstance(value, dt.datetime):
        return iso(value, zone)
    if isinstance(value, Mapping):
        return {name: _jsonable(each, zone) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each, zone) for each in value]
    return value


def _flat(value: Any, zone: Zone) -> Any:  # noqa: ANN401
    if isinstance(value, dt.datetime):
        return iso(value, zone)
    if isinstance(value, list | tuple | Mapping):
        return json.dumps(_jsonable(value, zone))
    if isinstance(value, bool):
        return "true" if value else "false"
    return escaped(value) if isinstance(value, str) else value


class Shape(enum.Enum):
    """For whom something is shown."""

    PEOPLE = "people"
    JSON = "json"
    CSV = "csv"


_DRAWN = "rateguard.entrypoints.cli.output.drawn"

_C = TypeVar("_C", bound=Callable[..., Any])


def shaped(command: _C) -> _C:
    """Give a command ``--json`` and ``--csv``; it gets a *shape*."""
    for name in ("csv", "json"):
        command = click.option(
            f"--{name}",
            "shape",
            flag_value=Shape(name),
            type=Shape,
            default=Shape.PEOPLE,
            help=f"For scripts: {name.upper()}.",
        )(command)
    return command


def expect(shape: Shape = Shape.PEOPLE) -> None:
    """
    Get ready to show something while the store is still busy: the library
    that draws takes a fifth of a command's time to import.
    """
    if shape is Shape.PEOPLE:
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
        draw([table])
    if following:
        again = shlex.join(_again(click.get_current_context(), following))
        click.echo(f"more: {again}", err=True)


def _again(context: click.Context, changed: Row) -> list[str]:
    """Return the command line of this run with some options changed."""
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


def draw(parts: Iterable[Part]) -> None:
    """Show people something."""
    from rateguard.entrypoints.cli.output.drawn import drawn  # noqa: PLC0415 - slow

    say(drawn(parts))


def say(text: str) -> None:
    """Write text at once and whole; what the locale cannot have is escaped."""
    encoding = encoding_of_output()
    fit = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(fit, nl=False)


def encoding_of_output() -> str:
    """Return the encoding of standard output."""
    return sys.stdout.encoding or "ascii"
