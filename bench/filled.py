"""A store with a million senders and a million messages."""

from __future__ import annotations

import contextlib
import itertools

from collections.abc import Iterator
from typing import Any

from bench.services import connect


_CHUNK = 2000
_AT = "2026-01-01 12:00:00"


def fill(database: dict[str, str], *, senders: int, messages: int) -> None:
    """
    Add senders, with the names that the traffic uses, and old messages of
    theirs. The schema has to be there.
    """
    mark = "%s" if "DB_HOST" in database else "?"
    with contextlib.closing(connect(database)) as connection:
        cursor = connection.cursor()
        for chunk in _chunks(_senders(senders)):
            _insert(cursor, _SENDERS, mark, chunk)
        connection.commit()
        for chunk in _chunks(_messages(senders, messages)):
            _insert(cursor, _MESSAGES, mark, chunk)
        connection.commit()
        if mark == "?":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_SENDERS = "INSERT INTO ratelimits (id, sender, msg_counter, rcpt_counter) VALUES "
_MESSAGES = (
    "INSERT INTO messages (ratelimit_id, transaction_id, msgid, sender, rcpt_count,"
    " from_addr, client_address, client_name, created_at) VALUES "
)


def _senders(count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        yield number + 1, f"user{number:06d}@example.com", 3, 5


def _messages(senders: int, count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        sender = number * 7919 % senders
        name = f"user{sender:06d}@example.com"
        transaction = f"{0x60000000 + number // 100:x}.{number % 100:x}.5ca.0"
        queue_id = f"4Q{number:08X}"
        yield (
            sender + 1, transaction, queue_id, name, 1, name, "192.0.2.7",
            "client.example.com", _AT,
        )  # fmt: skip


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while chunk := list(itertools.islice(rows, _CHUNK)):
        yield chunk


def _insert(
    cursor: Any,  # noqa: ANN401 - any driver's
    statement: str,
    mark: str,
    rows: list[tuple[Any, ...]],
) -> None:
    row = "(" + ", ".join([mark] * len(rows[0])) + ")"
    cursor.executemany(statement + row, rows)
