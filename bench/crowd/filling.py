"""Fill a store."""

from __future__ import annotations

import contextlib
import time

from collections.abc import Iterator
from typing import ClassVar, Protocol

import attrs

from bench.crowd.dialects import MARIADB, SQLITE
from bench.crowd.messages import Messages
from bench.crowd.numbers import BUSY
from bench.crowd.tables import History, Resets, Senders
from bench.services import connect


_CHUNK = 500_000


@attrs.frozen
class Crowd:
    """
    How many there are.

    Attributes:
        until: Seconds since 1970 of the newest message.
    """

    senders: int = 1_000_000
    messages: int = 10_000_000
    history: int = 2_000
    until: int = attrs.field(factory=lambda: int(time.time()))

    @property
    def busiest(self) -> str:
        """The sender of one message in 250."""
        return _name(min(BUSY, self.senders))

    @property
    def quiet(self) -> str:
        """A sender of some messages a month."""
        return _name(self.senders * 3 // 4 + 1)

    def message_of_busiest(self, part: float) -> int:
        """Return the id of a message from the own host, so far into the month."""
        number = int(self.messages * part) // 250 * 250
        while number % 7 == 0 or number % 2003 == 7:
            number -= 250
        return number


def _name(number: int) -> str:
    return f"user{number}@customer{number % 7888}.example"


class Table(Protocol):
    """What is filled, by numbers from 1 on, which are the ids."""

    name: ClassVar[str]

    @property
    def rows(self) -> int:
        """How many there are to be."""

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""


def filling(database: dict[str, str], crowd: Crowd) -> Iterator[str]:
    """
    Fill piece by piece, a transaction each, and yield what it was. What is
    there already is kept, so that one can go on where another run ended.
    """
    dialect = MARIADB if "DB_HOST" in database else SQLITE
    tables: tuple[Table, ...] = (
        Senders(dialect, crowd.senders, crowd.until),
        Messages(dialect, crowd.senders, crowd.messages, crowd.until),
        History(dialect, crowd.senders, crowd.history, crowd.until),
        Resets(dialect, crowd.senders, 30, crowd.until),
    )
    with contextlib.closing(connect(database)) as connection:
        cursor = connection.cursor()
        for statement in dialect.prepare:
            cursor.execute(statement)
        for table in tables:
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table.name}")
            there = int(cursor.fetchone()[0])
            for first in range(there + 1, table.rows + 1, _CHUNK):
                last = min(first + _CHUNK - 1, table.rows)
                cursor.execute(table.statement(first, last))
                connection.commit()
                yield f"{table.name} {first} to {last}"
        for statement in dialect.finish:
            cursor.execute(statement)
