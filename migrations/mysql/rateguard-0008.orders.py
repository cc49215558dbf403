"""
What operators order beyond quotas: suspended senders, raises that end.

A run may be cut off between altering the table and recording it. So what is
there already is left as it is.
"""

from __future__ import annotations

from typing import Any

from yoyo import step


__depends__ = {"rateguard-0007.outbox"}

COLUMNS = {
    "suspended": "tinyint NOT NULL DEFAULT 0",
    "raised_quota": "int unsigned NULL",
    "raised_until": "datetime NULL",
}


def apply(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'ratelimits'"
    )
    there = {row[0].lower() for row in cursor.fetchall()}
    added = [
        f"ADD COLUMN {name} {kind}"
        for name, kind in COLUMNS.items()
        if name not in there
    ]
    if added:
        cursor.execute(f"ALTER TABLE ratelimits {', '.join(added)}")


def rollback(connection: Any) -> None:
    dropped = ", ".join(f"DROP COLUMN {name}" for name in COLUMNS)
    connection.cursor().execute(f"ALTER TABLE ratelimits {dropped}")


steps = [step(apply, rollback)]
