"""
policyd-rate-guard at work on its tables: what it and operators' panels say to
the database, by the columns they know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import attrs
import pymysql

from tests.integration.rigs.mariadb import PrivateMariaDb


_FIND = (
    "SELECT id, sender, quota, quota_reset, quota_locked, msg_counter,"
    " rcpt_counter, msg_total, rcpt_total, created_at, updated_at"
    " FROM ratelimits WHERE sender = %s"
)
_ADD = "INSERT INTO ratelimits (sender, quota, quota_reset) VALUES (%s, %s, %s)"
_COUNT = (
    "UPDATE ratelimits SET quota = %s, msg_counter = %s, rcpt_counter = %s,"
    " msg_total = %s, rcpt_total = %s, updated_at = CURRENT_TIMESTAMP WHERE id = %s"
)
_KEEP = (
    "INSERT INTO messages (ratelimit_id, msgid, sender, rcpt_count, blocked,"
    " from_addr, to_addr, cc_addr, bcc_addr, subject, client_address, client_name)"
    " VALUES (%s, '4Q', %s, %s, %s, 'from@a', 'to@b', '', '', '', '::1', 'unknown')"
)
_RESET = (
    "UPDATE ratelimits SET msg_counter = 0, rcpt_counter = 0, updated_at = updated_at",
    (
        "UPDATE ratelimits SET quota = quota_reset, updated_at = updated_at"
        " WHERE quota_locked = 0"
    ),
    "DELETE FROM messages WHERE created_at < CURDATE() - INTERVAL 30 DAY",
)


@attrs.frozen
class RateGuard:
    """The old program, with a session as a server gives it: strict."""

    connection: pymysql.Connection[Any]

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement and commit it; return its rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            self.connection.commit()
            return list(cursor.fetchall())

    def counted(self, sender: str) -> tuple[int, int] | None:
        """Return messages and recipients of a sender, None if there is none."""
        rows = self.run(_FIND, sender)
        return (rows[0][5], rows[0][6]) if rows else None

    def accept(self, sender: str, recipients: int) -> None:
        """Count a message and keep it."""
        if self.counted(sender) is None:
            self.run(_ADD, sender, 1000, 1000)
        ((id_, _, quota, _, _, *counts, _, _),) = self.run(_FIND, sender)
        messages, heads, messages_ever, heads_ever = counts
        self.run(
            _COUNT,
            *(quota, messages + 1, heads + recipients),
            *(messages_ever + 1, heads_ever + recipients, id_),
        )
        self.run(_KEEP, id_, sender, recipients, False)

    def cleanup(self) -> None:
        """Begin a new period."""
        for statement in _RESET:
            self.run(statement)


@contextmanager
def rate_guard(server: PrivateMariaDb, database: str) -> Iterator[RateGuard]:
    """The old program on that database."""
    with closing(
        pymysql.connect(
            unix_socket=str(server.socket),
            ssl_disabled=True,
            user=server.user,
            password=server.password,
            database=database,
            sql_mode="TRADITIONAL",
        )
    ) as connection:
        yield RateGuard(connection)
