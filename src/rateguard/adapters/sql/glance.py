"""A look at the database from outside, for the doctor."""

from __future__ import annotations

import datetime as dt

from contextlib import closing
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Dialect, known_time
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import Seen


CLOCKS = {"mysql": "SELECT UTC_TIMESTAMP()"}
"""How a server tells its time; SQLite's is this machine's."""

RESET_AT = "SELECT started_at FROM rateguard_resets ORDER BY id DESC LIMIT 1"

FIRST_SENDER_AT = "SELECT created_at FROM ratelimits ORDER BY id LIMIT 1"

LAST_MESSAGE_AT = "SELECT created_at FROM messages ORDER BY id DESC LIMIT 1"


@attrs.frozen
class SqlGlance:
    """Looks, on a connection of its own."""

    dialect: Dialect

    def exists(self) -> bool:
        """Whether there is a database to connect to."""
        return self.dialect.exists()

    def __call__(self) -> Seen:
        """
        Return what is seen.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        if not self.exists():
            raise StoreUnavailable("there is no database")
        with self.dialect.errors, closing(self.dialect.connect()) as connection:
            cursor = connection.cursor()
            return Seen(
                clock=_time_of(cursor, CLOCKS.get(self.dialect.name)),
                reset_at=_time_of(cursor, RESET_AT),
                first_sender_at=_time_of(cursor, FIRST_SENDER_AT),
                last_message_at=_time_of(cursor, LAST_MESSAGE_AT),
            )


def _time_of(cursor: Any, statement: str | None) -> dt.datetime | None:  # noqa: ANN401
    if statement is None:
        return None
    cursor.execute(statement)
    row = cursor.fetchone()
    return None if row is None else known_time(row[0])
