"""
Senders under their canonical key, so that nobody's counters are left behind
under another spelling. Where both spellings have a row, both stay.
"""

from __future__ import annotations

from typing import Any

from yoyo import step

from rateguard.domain.submission import sender_key


__depends__ = {"rateguard-0003.sender-collation"}


def apply(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("SELECT id, sender FROM ratelimits ORDER BY id")
    rows = cursor.fetchall()
    # Names are compared as if padded with spaces: "a" and "a " cannot both be.
    taken = {sender.rstrip(" ") for _, sender in rows}
    for id_, sender in rows:
        key = sender_key(sender)
        if key not in taken or key == sender.rstrip(" ") != sender:
            taken.add(key)
            cursor.execute(
                "UPDATE ratelimits SET sender = %s, updated_at = updated_at"
                " WHERE id = %s",
                (key, id_),
            )
    # DDL does not roll back everywhere, so yoyo may run this without a
    # transaction of its own.
    connection.commit()


def rollback(_connection: Any) -> None:
    """Nothing to undo: the old spelling means the same sender."""


steps = [step(apply, rollback)]
