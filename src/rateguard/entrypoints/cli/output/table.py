"""What is shown, before anybody has decided how."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs


Row = Mapping[str, Any]
"""One thing by its names: texts, numbers, aware times, None, or a list of rows."""

Zone = dt.tzinfo | None
"""In which times are shown; None is the local one."""


def _plain(_row: Row) -> str:
    return ""


@attrs.frozen
class Column:
    """
    A column as people see it.

    Attributes:
        text: What stands in it; a time, if it gives one.

        right: Numbers stand at the right.

        style: In what colour, ``""`` for none.
    """

    title: str
    text: Callable[[Row], Any]
    right: bool = False
    style: Callable[[Row], str] = _plain


def named(title: str, key: str) -> Column:
    """A column that has what the rows have."""
    return Column(title, lambda row: row[key])


def number(title: str, key: str) -> Column:
    """The same, for a number."""
    return Column(title, lambda row: row[key], right=True)


@attrs.frozen
class Table:
    """
    Attributes:
        keys: What scripts see of each row.

        columns: What people see of it.

        nothing: What people are told if there are no rows.
    """

    keys: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Row]
    nothing: str = "none"


@attrs.frozen
class Line:
    """A line of text."""

    text: str = ""
    style: str = ""


@attrs.frozen
class Facts:
    """Names, and what is to be said of each: a text or a line with a style."""

    rows: Sequence[tuple[str, str | Line]]


Part = Table | Line | Facts
