"""
A look at the store that holds no lock and makes nothing.
"""

from __future__ import annotations

import datetime as dt

from contextlib import closing
from typing import Any

import attrs

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import Dialect, known_time
from rateguard.domain.errors import StoreUnavailable


_CLOCKS = {"mysql": "SELECT UTC_TIMESTAMP()"}
"""How a server tells its time; SQLite's is this machine's."""


@attrs.frozen
class Seen:
    """
    What a store shows from outside. Times are aware UTC; None is never.

    Attributes:
        clock: The server's time.

        reset_at: When the last period began.

        first_sender_at: When the oldest sender was seen first.

        last_message_at: When the newest message was judged.
    """

    clock: dt.datetime | None
    reset_at: dt.datetime | None
    first_sender_at: dt.datetime | None
    last_message_at: dt.datetime | None


@attrs.frozen
class SqlGlance:
    """
    Looks, on a connection of its own.
    """

    dialect: Dialect

    def exists(self) -> bool:
        """
        Whether there is a database to connect to.
        """
        return self.dialect.exists()

    def __call__(self) -> Seen:
        """
        Return what is seen.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        if not self.exists():
            raise StoreUnavailable("there is no database")
        try:
            with closing(self.dialect.connect()) as connection:
                return self._seen(connection)
        except self.dialect.failures as error:
            ours = self.dialect.translate(error)
            if ours is None:
                raise
            raise ours from error

    def _seen(self, connection: Any) -> Seen:  # noqa: ANN401 - a DB-API connection
        cursor = connection.cursor()

        def time_of(statement: str | None, column: int = 0) -> dt.datetime | None:
            if statement is None:
                return None
            cursor.execute(statement)
            row = cursor.fetchone()
            return None if row is None else known_time(row[column])

        return Seen(
            clock=time_of(_CLOCKS.get(self.dialect.name)),
            reset_at=time_of(statements.LATEST_RESET, 1),
            first_sender_at=time_of(statements.FIRST_SENDER),
            last_message_at=time_of(statements.LAST_MESSAGE),
        )
