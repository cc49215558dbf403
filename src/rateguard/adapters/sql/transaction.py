"""Statements between a BEGIN and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rateguard.adapters.sql.dialect import Dialect, Row, Translated


class Transaction:
    """
    Runs statements, with the driver's errors in our words; begins with the first.

    Args:
        steady: DBUtils' connection, given back at the end.

        opening: The statement that begins it.

        first: Runs it, if need be on a new connection; returns its cursor.
    """

    __slots__ = (
        "_ahead",
        "_begun",
        "_committed",
        "_cursor",
        "_dialect",
        "_first",
        "_opening",
        "_steady",
        "_translated",
        "_unsent",
        "_values",
    )

    def __init__(
        self,
        dialect: Dialect,
        steady: Any,  # noqa: ANN401 - has no type
        *,
        opening: str,
        first: Callable[[str, Sequence[Any]], Any],
    ) -> None:
        self._dialect = dialect
        self._steady = steady
        self._opening = opening
        self._first = first
        self._translated = Translated(dialect)
        self._cursor: Any = None
        self._begun = False
        self._committed = False
        self._ahead: dict[tuple[str, tuple[Any, ...]], Sequence[Row]] = {}
        self._unsent: list[str] = []
        self._values: list[Any] = []

    @property
    def dialect(self) -> Dialect:
        """What the statements are put into."""
        return self._dialect

    def begin(self) -> None:
        """Begin now."""
        self.ask_ahead()

    def ask_ahead(self, *queries: tuple[str, Sequence[Any]]) -> None:
        """
        Begin, if that is to do, and with it send queries over ``{many}`` keys, whose
        rows :meth:`select_many` then has.
        """
        if self._begun:
            return
        asked = [
            (statement, tuple(piece))
            for statement, keys in queries
            for piece in self._dialect.pieces(keys)
        ]
        texts = [self._dialect.sql(each, len(keys)) for each, keys in asked]
        together = "; ".join([self._opening, *texts])
        self._begun = True
        self._cursor = self._first(together, [key for _, keys in asked for key in keys])
        with self._translated:
            for query in asked:
                self._cursor.nextset()
                self._ahead[query] = self._cursor.fetchall()
            self._cursor.close()
        # Whose statements are never repeated.
        self._cursor = self._steady.dbapi_connection.cursor()

    def execute(
        self, statement: str, values: Sequence[Any] = (), *, count: int = 1
    ) -> int:
        """Run a statement; return how many rows it changed."""
        self._send()
        with self._translated:
            self._cursor.execute(self._dialect.sql(statement, count), values)
        return int(self._cursor.rowcount)

    def insert(self, statement: str, values: Sequence[Any]) -> int:
        """Insert one row; return its id."""
        self.execute(statement, values)
        return int(self._cursor.lastrowid)

    def insert_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement over ``{rows:N}``, in as few pieces as possible."""
        for piece in self._dialect.pieces(rows):
            flat = [value for row in piece for value in row]
            if self._dialect.many_statements:
                self._unsent.append(self._dialect.sql(statement, len(piece)))
                self._values += flat
            else:
                self.execute(statement, flat, count=len(piece))

    def select(
        self, statement: str, values: Sequence[Any] = (), *, count: int = 1
    ) -> Sequence[Row]:
        """Run a query; return its rows."""
        self._send()
        with self._translated:
            self._cursor.execute(self._dialect.sql(statement, count), values)
            rows: Sequence[Row] = self._cursor.fetchall()
        return rows

    def select_many(self, statement: str, keys: Sequence[Any]) -> list[Row]:
        """
        Run a query over ``{many}`` keys, in as few pieces as possible, where
        :meth:`ask_ahead` has not.
        """
        rows: list[Row] = []
        for piece in self._dialect.pieces(keys):
            found = self._ahead.pop((statement, tuple(piece)), None)
            if found is None:
                found = self.select(statement, piece, count=len(piece))
            rows.extend(found)
        return rows

    def commit(self) -> None:
        """Make it durable."""
        if self._unsent:
            self._unsent.append("COMMIT")
            self._send()
        elif self._begun:
            with self._translated:
                self._steady.dbapi_connection.commit()
        self._committed = True

    def _send(self) -> None:
        """Send what was held back, in one go."""
        self.begin()
        if not self._unsent:
            return
        together, values = "; ".join(self._unsent), self._values
        self._unsent, self._values = [], []
        with self._translated:
            self._cursor.execute(together, values)
            while self._cursor.nextset():
                pass

    def begin_again(self) -> None:
        """Drop everything done so far, with its locks, and begin afresh."""
        self._ahead.clear()
        with self._translated:
            self._steady.dbapi_connection.rollback()
            self._cursor.execute(self._opening)

    def end(self) -> None:
        """Roll back what was not committed and give the connection back."""
        try:
            if self._cursor is not None:
                self._cursor.close()
            if self._begun and not self._committed:
                self._steady.dbapi_connection.rollback()
        except self._dialect.failures:
            # The connection is gone: the pool finds out at the next BEGIN.
            pass
        finally:
            self._steady.close()
