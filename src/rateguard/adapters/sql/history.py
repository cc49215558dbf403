"""Table ``rateguard_history``."""

from __future__ import annotations

import json

from collections.abc import Sequence

from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.orders import Change, FieldChange


_WIDTH = 255
_REASON_WIDTH = 1000

ADD_CHANGES = (
    "INSERT INTO rateguard_history (at, actor, action, sender, changes, reason)"
    " VALUES {rows:6}"
)

LATEST_CHANGES = (
    "SELECT at, actor, action, sender, changes, reason FROM rateguard_history"
    " ORDER BY id DESC LIMIT {p}"
)

CHANGES_OF_SENDER = (
    "SELECT at, actor, action, sender, changes, reason FROM rateguard_history"
    " WHERE sender = {p} ORDER BY id DESC LIMIT {p}"
)


class SqlHistory:
    """Implements ``History``."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, changes: Sequence[Change]) -> None:
        """Add all in one statement."""
        if changes:
            self._transaction.insert_many(ADD_CHANGES, [_row(each) for each in changes])

    def find(self, *, sender: str = "", limit: int) -> list[Change]:
        """By id, which follows time."""
        if sender:
            rows = self._transaction.select(CHANGES_OF_SENDER, (sender, limit))
        else:
            rows = self._transaction.select(LATEST_CHANGES, (limit,))
        return [_change(row) for row in rows]


def _row(change: Change) -> Row:
    fields = [(each.name, each.before, each.after) for each in change.fields]
    return (
        as_text(change.at),
        change.by[:_WIDTH],
        change.action,
        change.sender,
        json.dumps(fields),
        change.reason[:_REASON_WIDTH],
    )


def _change(row: Row) -> Change:
    at, by, action, sender, fields, reason = row
    changed = tuple(FieldChange(*each) for each in json.loads(fields))
    return Change(as_time(at), by, action, sender, changed, reason)
