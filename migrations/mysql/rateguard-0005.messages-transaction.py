"""
Tells a message that is asked about twice from two messages.

A server goes on altering a large table when nobody waits for it any longer:
the table is altered then, and the migration is not recorded. So what is there
already is left as it is.
"""

from __future__ import annotations

from typing import Any

from yoyo import step


__depends__ = {"rateguard-0004.canonical-senders"}


def apply(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT COUNT(*) FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'messages'"
        " AND column_name = 'transaction_id'"
    )
    if cursor.fetchone()[0]:
        return
    cursor.execute(
        "ALTER TABLE messages"
        " ADD COLUMN transaction_id"
        " varchar(64) CHARACTER SET ascii COLLATE ascii_bin NULL,"
        " ADD INDEX messages_transaction_id_index (transaction_id)"
    )


def rollback(connection: Any) -> None:
    connection.cursor().execute(
        "ALTER TABLE messages"
        " DROP INDEX messages_transaction_id_index,"
        " DROP COLUMN transaction_id"
    )


steps = [step(apply, rollback)]
