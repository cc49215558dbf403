"""
What is counted of a day's messages stands in the index over their times.

With the id before the rest, so that messages of one second are appended.
A run may be cut off between altering the table and recording it. So what is
there already is left as it is.
"""

from __future__ import annotations

from typing import Any

from yoyo import step


__depends__ = {"rateguard-0009.history"}

INDEX = "messages_created_at_index"
COLUMNS = ["created_at", "id", "ratelimit_id", "blocked", "rcpt_count"]


def alter(connection: Any, columns: list[str]) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT column_name FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND table_name = 'messages'"
        f" AND index_name = '{INDEX}' ORDER BY seq_in_index"
    )
    there = [row[0].lower() for row in cursor.fetchall()]
    if there == columns:
        return
    dropped = f"DROP INDEX {INDEX}, " if there else ""
    cursor.execute(
        f"ALTER TABLE messages {dropped}ADD INDEX {INDEX} ({', '.join(columns)})"
    )


def apply(connection: Any) -> None:
    alter(connection, COLUMNS)


def rollback(connection: Any) -> None:
    alter(connection, COLUMNS[:1])


steps = [step(apply, rollback)]
