"""
A statement in the words of a dialect.
"""

from __future__ import annotations

import functools

from typing import TYPE_CHECKING

from rateguard.adapters.sql.packed_rows import columns_of


if TYPE_CHECKING:
    from rateguard.adapters.sql.dialect import Dialect


class _Rows:
    """
    Formats ``{rows:N}``.
    """

    def __init__(self, placeholder: str, count: int) -> None:
        self._placeholder = placeholder
        self._count = count

    def __format__(self, width: str) -> str:
        row = ", ".join([self._placeholder] * int(width))
        return ", ".join([f"({row})"] * self._count)


class _Columns:
    """
    Formats ``{columns:a, b text}``.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __format__(self, names: str) -> str:
        return self._dialect.packed_rows(columns_of(names))


class _Text:
    """
    Formats ``{text:column}``.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __format__(self, column: str) -> str:
        return self._dialect.any_text.format(column)


class _Keyed:
    """
    Formats ``{keyed_number:key}`` and ``{keyed_time:key}``.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __format__(self, key: str) -> str:
        return self._pattern.format(key)


@functools.lru_cache(maxsize=4096)
def rendered(dialect: Dialect, statement: str, count: int) -> str:
    """
    Return *statement* as :meth:`Dialect.sql` has it.
    """
    return statement.format(
        p=dialect.placeholder,
        many=", ".join([dialect.placeholder] * count),
        rows=_Rows(dialect.placeholder, count),
        columns=_Columns(dialect),
        text=_Text(dialect),
        for_update=dialect.for_update,
        sender_index=dialect.sender_index,
        keep_existing=dialect.keep_existing,
        overwrite_counters=dialect.overwrite_counters,
        minute=dialect.minute,
        by_id=dialect.by_id,
        not_by_time=dialect.not_by_time,
        keyed_number=_Keyed(dialect.keyed_number),
        keyed_time=_Keyed(dialect.keyed_time),
    )
