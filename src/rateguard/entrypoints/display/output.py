"""
Standard output.
"""

from __future__ import annotations

import enum
import importlib
import sys
import threading

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from rateguard.entrypoints.display.table import Part, Table
from rateguard.entrypoints.display.written import rows_as_csv, rows_as_json


class Shape(enum.Enum):
    """
    For whom something is shown.
    """

    PEOPLE = "people"
    JSON = "json"
    CSV = "csv"


_DRAWN = "rateguard.entrypoints.display.drawn"

_C = TypeVar("_C", bound=Callable[..., Any])


def shaped(command: _C) -> _C:
    """
    Give a command ``--json`` and ``--csv``; it gets a *shape*.
    """
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


def show(table: Table, shape: Shape) -> None:
    """
    Show a table.
    """
    if shape is Shape.JSON:
        say(rows_as_json(table))
    elif shape is Shape.CSV:
        say(rows_as_csv(table))
    else:
        draw([table])


def draw(parts: Iterable[Part]) -> None:
    """
    Show people something.
    """
    from rateguard.entrypoints.display.drawn import drawn  # noqa: PLC0415 - slow

    say(drawn(parts))


def say(text: str) -> None:
    """
    Write text at once and whole; what the locale cannot have is escaped.
    """
    encoding = encoding_of_output()
    fit = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(fit, nl=False)


def encoding_of_output() -> str:
    """
    Return the encoding of standard output.
    """
    return sys.stdout.encoding or "ascii"
