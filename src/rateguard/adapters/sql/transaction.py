"""
Statements between a BEGIN and its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rateguard.adapters.sql.dialect import Dialect, Row


class Transaction:
    """
    Runs statements, with the driver's errors in our words.
    """

    __slots__ = (
        "_committed",
        "_connection",
        "_cursor",
        "_dialect",
        "_steady",
        "_unsent",
        "_values",
    )

    def __init__(self, dialect: Dialect, steady: Any) -> None:  # noqa: ANN401
        self._dialect = dialect
        self._steady = steady
        self._connection = steady.dbapi_connection
        self._cursor = self._connection.cursor()
        self._committed = False
        self._unsent: list[str] = []
        self._values: list[Any] = []

    @property
    def dialect(self) -> Dialect:
        """
        What the statements are put into.
        """
        return self._dialect

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._dialect.failures as error:
            ours = self._dialect.translate(error)
            if ours is None:
                raise
            raise ours from error

    def execute(
        self, statement: str, values: Sequence[Any] = (), *, count: int = 1
    ) -> int:
        """
        Run a statement; return how many rows it changed.
        """
        self._send()
        with self._translated():
            self._cursor.execute(self._dialect.sql(statement, count), values)
        return int(self._cursor.rowcount)

    def insert(self, statement: str, values: Sequence[Any]) -> int:
        """
        Insert one row; return its id.
        """
        self.execute(statement, values)
        return int(self._cursor.lastrowid)

    def insert_many(self, statement: str, rows: Sequence[Row]) -> None:
        """
        Run a statement over ``{rows:N}``, in as few pieces as possible.
        """
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
        """
        Run a query; return its rows.
        """
        self._send()
        with self._translated():
            self._cursor.execute(self._dialect.sql(statement, count), values)
            rows: Sequence[Row] = self._cursor.fetchall()
        return rows

    def select_many(self, statement: str, keys: Sequence[Any]) -> list[Row]:
        """
        Run a query for ``{columns:…}`` over ``{many}`` keys, in as few pieces
        as possible.
        """
        rows: list[Row] = []
        for piece in self._dialect.pieces(keys):
            found = self.select(statement, piece, count=len(piece))
            rows.extend(self._dialect.unpacked(found))
        return rows

    def commit(self) -> None:
        """
        Make it durable.
        """
        if self._unsent:
            self._unsent.append("COMMIT")
            self._send()
        else:
            with self._translated():
                self._connection.commit()
        self._committed = True

    def _send(self) -> None:
        """
        Send what was held back, in one go.
        """
        if not self._unsent:
            return
        together, values = "; ".join(self._unsent), self._values
        self._unsent, self._values = [], []
        with self._translated():
            self._cursor.execute(together, values)
            while self._cursor.nextset():
                pass

    def begin_again(self) -> None:
        """
        Drop everything done so far, with its locks, and begin afresh.
        """
        with self._translated():
            self._connection.rollback()
            self._cursor.execute(self._dialect.begin)

    def end(self) -> None:
        """
        Roll back what was not committed and give the connection back.
        """
        try:
            self._cursor.close()
            if not self._committed:
                self._connection.rollback()
        except self._dialect.failures:
            # The connection is gone, and the transaction with it; the pool
            # finds out at the next BEGIN.
            pass
        finally:
            self._steady.close()
