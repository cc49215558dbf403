"""
All rows of a query as one JSON text, in the words of a database.

A query over ``{columns:…}`` returns it: SQLite's driver gives way to other threads
before each row, PyMySQL reads each column of each row in Python, and either costs
more than JSON.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class Column:
    """
    A column of a query over ``{columns:…}``.

    Attributes:
        kind: ``number``, ``text`` of up to 255 characters, or ``time``. Any may
            be NULL but a text.
    """

    name: str
    kind: str = "number"


def columns_of(names: str) -> Sequence[Column]:
    """
    Return the columns of ``a, b text, c time``.
    """
    return [Column(*each.split()) for each in names.split(",")]


def by_json_functions(columns: Sequence[Column]) -> str:
    """
    Return SQLite's expression.
    """
    names = ", ".join(column.name for column in columns)
    return f"json_group_array(json_array({names}))"


_IN_MEMORY = 512
"""Characters of a value that MariaDB keeps in a temporary table in memory."""

_QUOTED = 255 * len(r"\u0000") + len('""')
"""Characters of the longest text as JSON."""


def by_concatenation(columns: Sequence[Column]) -> str:
    """
    Return MariaDB's and MySQL's expression. ``JSON_ARRAYAGG(JSON_ARRAY(…))`` says
    the same, but is a long text to MariaDB, for which it makes a temporary table
    on disk, that is two files, in each query; so would a text as JSON be, were it
    not cut.
    """
    values = ", ',', ".join(map(_as_json, columns))
    return f"CONCAT('[', GROUP_CONCAT('[', {values}, ']'), ']')"


def _as_json(column: Column) -> str:
    name = column.name
    if column.kind == "text":
        return ", ".join(
            f"SUBSTR(JSON_QUOTE({name}), {start}, {_IN_MEMORY})"
            for start in range(1, _QUOTED + 1, _IN_MEMORY)
        )
    if column.kind == "time":
        return f"COALESCE(CONCAT('\"', {name}, '\"'), 'null')"
    return f"COALESCE({name}, 'null')"
