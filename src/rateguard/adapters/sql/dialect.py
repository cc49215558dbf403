"""All in which one SQL database differs from another."""

from __future__ import annotations

import datetime as dt
import functools

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

import attrs

from rateguard.domain.errors import StoreError


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
    """Return the columns of ``a, b text, c time``."""
    return [Column(*each.split()) for each in names.split(",")]


def by_json_functions(columns: Sequence[Column]) -> str:
    """Return SQLite's expression."""
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


class _Rows:
    """Formats ``{rows:N}``."""

    def __init__(self, placeholder: str, count: int) -> None:
        self._placeholder = placeholder
        self._count = count

    def __format__(self, width: str) -> str:
        row = ", ".join([self._placeholder] * int(width))
        return ", ".join([f"({row})"] * self._count)


class _Columns:
    """Formats ``{columns:a, b text}``."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __format__(self, names: str) -> str:
        return self._dialect.packed_rows(columns_of(names))


class _Text:
    """Formats ``{text:column}``."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __format__(self, column: str) -> str:
        return self._dialect.any_text.format(column)


class _Keyed:
    """Formats ``{keyed_number:key}`` and ``{keyed_time:key}``."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __format__(self, key: str) -> str:
        return self._pattern.format(key)


@functools.lru_cache(maxsize=4096)
def rendered(dialect: Dialect, statement: str, count: int) -> str:
    """Return *statement* as :meth:`Dialect.sql` has it."""
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


Row = tuple[Any, ...]

LOCK_WAIT_SECONDS = 3
"""So long a unit waits for another one's lock."""


_TIME_WIDTH = len("2026-01-31 23:59:59")
_ZERO = "0000-"
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


def _always() -> bool:
    return True


@attrs.frozen
class Dialect:
    """
    One driver and the SQL that its database wants.

    To support another database, make one of these, a folder of migrations
    with the same ids, and run the contract suite over it.

    Attributes:
        name: Folder of its migrations.

        connect:
            Opens a DB-API connection that is in autocommit or starts
            transactions by itself; time zone UTC, timeouts set. May be called
            from any thread.

        placeholder: One parameter in a statement.

        begin, begin_reading:
            The statement that begins a transaction that will write, and one
            that only reads and makes nobody wait.

        for_update: Suffix of a SELECT that locks the rows it reads.

        sender_index: What makes a SELECT walk the senders in their order.

        keep_existing, overwrite_counters:
            Suffix of an INSERT that meets a row of the same key: leave it
            as it is; take the new counters.

        failures: The driver's exceptions.

        translate:
            The error of ours for an exception of the driver, None if it is
            none that happens to a correct program.

        statement_rows:
            Into how many rows each a statement for n rows is cut.

        packed_rows:
            The expression that makes one JSON text of all rows, see
            ``packed_rows.py``, which has two to choose from.

        many_statements:
            Several statements may be sent as one, with semicolons. Then what
            a transaction writes is sent with its commit, and what it asks
            first with its begin, for a way to a server and back costs as much
            as the statement.

        minute: The minute of ``created_at``, as text or as a number since 1970.

        readers:
            How many connections share the reading of many rows; one where
            readers do not run side by side.

        searchers:
            How many share what makes a server wait for its disk, page after
            page; for that they need no processors.

        least_part: Rows for which a connection more pays.

        by_id: What makes a SELECT over senders walk them in the order of ids.

        not_by_time: What keeps one over messages from the index of times.

        keyed_number, keyed_time:
            What a sender is sorted by, exactly, and his id as one text,
            ``{}`` being the column.

        exists: Whether there is a database, where connecting would make one.

        any_text:
            Makes a column comparable with any text, ``{}`` being the column: a
            table that another program made may be in an old character set.
    """

    name: str
    connect: Callable[[], Any]
    placeholder: str
    begin: str
    begin_reading: str
    for_update: str
    sender_index: str
    keep_existing: str
    overwrite_counters: str
    failures: tuple[type[Exception], ...]
    translate: Callable[[Exception], StoreError | None]
    statement_rows: Callable[[int], Sequence[int]]
    packed_rows: Callable[[Sequence[Column]], str]
    many_statements: bool = False
    minute: str = "SUBSTR(created_at, 1, 16)"
    readers: int = 1
    searchers: int = 1
    least_part: int = 20_000
    by_id: str = ""
    not_by_time: str = ""
    keyed_number: str = "printf('%!.17g|%d', {}, id)"
    keyed_time: str = "printf('%s|%d', {}, id)"
    exists: Callable[[], bool] = _always
    any_text: str = "{}"

    def sql(self, statement: str, count: int = 1) -> str:
        """
        Return *statement* in this dialect, ``{many}`` being *count* values
        and ``{rows:N}`` *count* rows of N values, ``{columns:a, b text}``
        all rows as one JSON text, None where there are none, and ``{text:a}`` a
        column that is compared with any text.
        """
        return rendered(self, statement, count)

    def pieces(self, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Cut *rows* as this dialect wants them."""
        start = 0
        for length in self.statement_rows(len(rows)):
            yield rows[start : start + length]
            start += length

    def __hash__(self) -> int:
        return id(self)


def as_text(at: dt.datetime) -> str:
    """Return an aware time as both databases read it: UTC, whole seconds."""
    return at.astimezone(dt.UTC).isoformat(" ", "seconds")[:_TIME_WIDTH]


def as_time(value: str | dt.datetime) -> dt.datetime:
    """
    Return what a driver read from a time column, aware and in UTC; the zero
    dates of MySQL, which are before all others, as 1970.
    """
    if isinstance(value, str):
        if value.startswith(_ZERO):
            return _EPOCH
        value = dt.datetime.fromisoformat(value)
    return value.replace(tzinfo=dt.UTC)


def known_time(value: str | dt.datetime | None) -> dt.datetime | None:
    """Return the same; None where there is none or the zero date."""
    if value is None or (isinstance(value, str) and value.startswith(_ZERO)):
        return None
    return as_time(value)


class Translated:
    """
    A context manager that raises the driver's errors in our words. May be entered
    again and again.
    """

    __slots__ = ("_dialect",)

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc, self._dialect.failures):
            ours = self._dialect.translate(exc)
            if ours is not None:
                raise ours from exc
