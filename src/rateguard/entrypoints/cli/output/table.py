"""What is shown, before anybody has decided how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from rateguard.entrypoints.cli.output.texts import brief_time


Row = Mapping[str, Any]
"""One thing by its names: texts, numbers, aware times, None, or a list of rows."""


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
    style: Callable[[Row], str] = lambda _row: ""
    yields: int = 0
    short: Callable[[Row], Any] | None = None
    least: int = 0
    whole: bool = False

    @classmethod
    def of(cls, title: str, key: str = "", **how: Any) -> Column:  # noqa: ANN401
        """A column that has what the rows have, by default by its title."""
        return cls(title, lambda row: row[key or title], **how)

    @classmethod
    def number(cls, title: str, key: str = "", **how: Any) -> Column:  # noqa: ANN401
        return cls.of(title, key, right=True, **how)

    @classmethod
    def time(cls, title: str, key: str, **how: Any) -> Column:  # noqa: ANN401
        return cls.of(
            title, key, short=lambda row: row[key] and brief_time(row[key]), **how
        )

    @classmethod
    def name(cls, title: str, key: str, *, least: int = 32, **how: Any) -> Column:  # noqa: ANN401
        """A column of names, which must not be cut."""
        return cls.of(title, key, least=least, whole=True, **how)


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

    def for_scripts(self) -> list[dict[str, Any]]:
        return [{key: row[key] for key in self.keys} for row in self.rows]


@attrs.frozen
class Line:
    """A line of text."""

    text: str = ""
    style: str = ""


@attrs.frozen
class Facts:
    """Names, and what is to be said of each: a text or a line with a style."""

    rows: Sequence[tuple[str, str | Line]]


@attrs.frozen
class Chart:
    """
    Bars under a title. The largest fills the height, and whatever is more than nothing
    can be seen.

    Attributes:
        width: Characters of a bar; wide ones have a space between.
    """

    title: str
    values: Sequence[int]
    height: int
    style: str = ""
    width: int = 2


Part = Table | Line | Facts | Chart
