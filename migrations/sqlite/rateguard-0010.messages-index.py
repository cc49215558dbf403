"""
What is counted of a day's messages stands in the index over their times.

With the id before the rest, so that messages of one second are appended.
"""

from __future__ import annotations

from typing import Any

from yoyo import step


__depends__ = {"rateguard-0009.history"}

INDEX = "messages_created_at_index"
COLUMNS = ["created_at", "id", "ratelimit_id", "blocked", "rcpt_count"]


def make(connection: Any, columns: list[str]) -> None:
    cursor = connection.cursor()
    cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")
    cursor.execute(f"CREATE INDEX {INDEX} ON messages ({', '.join(columns)})")


def apply(connection: Any) -> None:
    make(connection, COLUMNS)


def rollback(connection: Any) -> None:
    make(connection, COLUMNS[:1])


steps = [step(apply, rollback)]
