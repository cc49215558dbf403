"""
Tells a message that is asked about twice from two messages.

A run may be cut off after the table was altered and before the migration is
recorded. So what is there already is left as it is.
"""

from __future__ import annotations

from typing import Any

from yoyo import step


__depends__ = {"rateguard-0004.canonical-senders"}


def apply(connection: Any) -> None:
    cursor = connection.cursor()
    columns = {row[1] for row in cursor.execute("PRAGMA table_info(messages)")}
    if "transaction_id" not in columns:
        cursor.execute(
            "ALTER TABLE messages ADD COLUMN transaction_id varchar(64) NULL"
        )
    cursor.execute(
        "CREATE INDEX IF NOT EXISTS messages_transaction_id_index"
        " ON messages (transaction_id)"
    )
    cursor.execute(
        "CREATE INDEX IF NOT EXISTS messages_created_at_index ON messages (created_at)"
    )


def rollback(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("DROP INDEX messages_created_at_index")
    cursor.execute("DROP INDEX messages_transaction_id_index")
    cursor.execute("ALTER TABLE messages DROP COLUMN transaction_id")


steps = [step(apply, rollback)]
