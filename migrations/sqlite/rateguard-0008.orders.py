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
    "raised_until": "timestamp NULL",
}


def apply(connection: Any) -> None:
    cursor = connection.cursor()
    there = {row[1] for row in cursor.execute("PRAGMA table_info(ratelimits)")}
    for name, kind in COLUMNS.items():
        if name not in there:
            cursor.execute(f"ALTER TABLE ratelimits ADD COLUMN {name} {kind}")


def rollback(connection: Any) -> None:
    cursor = connection.cursor()
    for name in COLUMNS:
        cursor.execute(f"ALTER TABLE ratelimits DROP COLUMN {name}")


steps = [step(apply, rollback)]
