"""All in which one SQL database differs from another."""

from __future__ import annotations

import datetime as dt
import functools
import sys

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

import attrs

from rateguard.domain.errors import StoreError


LOCK_WAIT_SECONDS = 3
"""So long a unit waits for another one's lock."""

_TIME_WIDTH = len("2026-01-31 23:59:59")
_ZERO = "0000-"
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)

Row = tuple[Any, ...]

Column = tuple[str, str]
"""
Name and kind of a column that is packed: ``number``, ``text`` of up to 255
characters, or ``time``. Any may be NULL but a text.
"""


class Translated:
    """
    A context manager that raises the driver's errors in our words, the one place
    that does. May be entered again and again: contextlib's costs 7 microseconds more
    a batch.
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


class _Part:
    """Fills what stands in braces with a text behind a colon."""

    def __init__(self, fill: Callable[[str], str]) -> None:
        self._fill = fill

    def __format__(self, text: str) -> str:
        return self._fill(text)


@attrs.frozen(eq=False)
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
        exists: Whether there is a database, where connecting would make one.
        failures: The driver's exceptions.
        translate:
            The error of ours for an exception of the driver, None if it is
            none that happens to a correct program.
        errors: Translates the failures of what is done in it.
        placeholder: One parameter in a statement.
        begin, begin_reading:
            The statement that begins a transaction that will write, and one
            that only reads and makes nobody wait.
        many_statements:
            Several statements may be sent as one, with semicolons. Then what
            a transaction writes is sent with its commit, and what it asks
            first with its begin, for a way to a server and back costs as much
            as the statement.
        most_rows: So many rows or keys a statement takes.
        for_update: Suffix of a SELECT that locks the rows it reads.
        sender_index: What makes a SELECT walk the senders in their order.
        keep_existing: Suffix of an INSERT: leaves a row of the same sender as it is.
        overwriting, new:
            Suffix of an INSERT that sets columns of a row of the same id, and the
            new value of a column, ``{}`` being the column.
        packed: The expression that makes one JSON text of columns of all rows.
        any_text:
            Makes a column comparable with any text, ``{}`` being the column: a
            table that another program made may be in an old character set.
        like: LIKE that does not mind the case of ASCII.
        same:
            Compares ``{0}`` with a text byte by byte, whatever its collation;
            takes it twice.
    """

    name: str
    connect: Callable[[], Any]
    failures: tuple[type[Exception], ...]
    translate: Callable[[Exception], StoreError | None]
    placeholder: str
    begin: str
    begin_reading: str
    keep_existing: str
    overwriting: str
    new: str
    packed: Callable[[Sequence[Column]], str]
    exists: Callable[[], bool] = lambda: True
    many_statements: bool = False
    most_rows: int = sys.maxsize
    for_update: str = ""
    sender_index: str = ""
    any_text: str = "{}"
    like: str = "LIKE"
    same: str = "{0} = {p} AND HEX({0}) = HEX({p})"
    errors: Translated = attrs.field(
        init=False, default=attrs.Factory(Translated, takes_self=True)
    )

    @functools.lru_cache(maxsize=4096)  # noqa: B019 - dialects are few and stay
    def sql(self, statement: str, count: int = 1) -> str:
        """
        Return *statement* in this dialect: ``{p}`` is a parameter, ``{many}``
        *count* of them, ``{rows:N}`` *count* rows of N; ``{packed:a, b text}``
        all rows as one JSON text, None where there are none; ``{text:a}`` a
        column that is compared with any text, ``{same:a}`` the comparison.
        """
        p = self.placeholder
        return statement.format(
            p=p,
            many=", ".join([p] * count),
            rows=_Part(lambda width: _rows(p, int(width), count)),
            packed=_Part(lambda names: self.packed(_columns(names))),
            text=_Part(self.any_text.format),
            same=_Part(lambda column: self.same.format(column, p=p)),
            like=self.like,
            for_update=self.for_update,
            sender_index=self.sender_index,
            keep_existing=self.keep_existing,
            overwriting=self.overwriting,
            new=_Part(self.new.format),
        )

    def pieces(self, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Cut *rows* into what a statement takes; none of none."""
        most = self.most_rows
        if len(rows) <= most:
            if rows:
                yield rows
            return
        for start in range(0, len(rows), most):
            yield rows[start : start + most]


def _rows(placeholder: str, width: int, count: int) -> str:
    row = ", ".join([placeholder] * width)
    return ", ".join([f"({row})"] * count)


def _columns(names: str) -> list[Column]:
    found = []
    for each in names.split(", "):
        name, _, kind = each.partition(" ")
        found.append((name, kind or "number"))
    return found


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
