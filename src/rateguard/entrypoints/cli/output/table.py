"""What is shown, before anybody has decided how."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from rateguard.entrypoints.cli.output.texts import brief_time


Row = Mapping[str, Any]
"""One thing by its names: texts, numbers, aware times, None, or a list of rows."""

Zone = dt.tzinfo | None
"""In which times are shown; None is the local one."""


def _plain(_row: Row) -> str:
    return ""


@attrs.frozen
class Column:
    """
    A column as people see it. Where there is no room for all, they are told in short,
    then cut, then left out, each time in the order in which they yield.

    Attributes:
        text: What stands in it; a time, if it gives one.
        right: Numbers stand at the right.
        style: In what colour, ``""`` for none.
        yields: When it is left out: 1 is the first, 0 never.
        short: What stands in it in short.
        least: To how many characters it may be cut; 0 is not cut.
        whole: It is neither cut nor left out. Where others yield before it does not
            help, it becomes narrower, and a text that is longer has a line of its own.
    """

    title: str
    text: Callable[[Row], Any]
    right: bool = False
    style: Callable[[Row], str] = _plain
    yields: int = 0
    short: Callable[[Row], Any] | None = None
    least: int = 0
    whole: bool = False


def named(title: str, key: str, **how: Any) -> Column:  # noqa: ANN401
    """A column that has what the rows have."""
    return Column(title, lambda row: row[key], **how)


def number(title: str, key: str, **how: Any) -> Column:  # noqa: ANN401
    """The same, for a number."""
    return named(title, key, right=True, **how)


def time(title: str, key: str, **how: Any) -> Column:  # noqa: ANN401
    """The same, for a time."""
    return named(title, key, short=lambda row: row[key] and brief_time(row[key]), **how)


def whole(title: str, key: str, *, yields: int, least: int = 32) -> Column:
    """The same, for a name that must not be cut."""
    return named(title, key, yields=yields, least=least, whole=True)


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
