"""What was done: tables ``rateguard_history`` and ``rateguard_resets``."""

from __future__ import annotations

import datetime as dt
import json

from collections.abc import Sequence

import attrs

from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.orders import Change, FieldChange
from rateguard.domain.ports import ResetRun


_WIDTH = 255
_REASON_WIDTH = 1000

ADD_CHANGES = (
    "INSERT INTO rateguard_history (at, actor, action, sender, changes, reason)"
    " VALUES {rows:6}"
)

_CHANGES = "SELECT at, actor, action, sender, changes, reason FROM rateguard_history"

LATEST_CHANGES = f"{_CHANGES} ORDER BY id DESC LIMIT {{p}}"

CHANGES_OF_SENDER = f"{_CHANGES} WHERE sender = {{p}} ORDER BY id DESC LIMIT {{p}}"

LATEST_RESET = (
    "SELECT id, started_at, position, finished_at FROM rateguard_resets"
    " ORDER BY id DESC LIMIT 1"
)

BEGIN_RESET = "INSERT INTO rateguard_resets (started_at, position) VALUES ({p}, 0)"

ADVANCE_RESET = (
    "UPDATE rateguard_resets SET position = {p}, finished_at = {p} WHERE id = {p}"
)


@attrs.define(eq=False)
class SqlHistory:
    """Implements ``History``."""

    _transaction: Transaction

    def add(self, changes: Sequence[Change]) -> None:
        self._transaction.insert_many(ADD_CHANGES, [_row(each) for each in changes])

    def find(self, *, sender: str, limit: int) -> list[Change]:
        if sender:
            rows = self._transaction.select(CHANGES_OF_SENDER, (sender, limit))
        else:
            rows = self._transaction.select(LATEST_CHANGES, (limit,))
        return [_change(row) for row in rows]


@attrs.define(eq=False)
class SqlResetLedger:
    """Implements ``ResetLedger``."""

    _transaction: Transaction

    def latest(self) -> ResetRun | None:
        rows = self._transaction.select(LATEST_RESET)
        if not rows:
            return None
        id_, started_at, position, finished_at = rows[0]
        finished = None if finished_at is None else as_time(finished_at)
        return ResetRun(id_, as_time(started_at), position, finished)

    def begin(self, at: dt.datetime) -> ResetRun:
        at = at.replace(microsecond=0)
        id_ = self._transaction.insert(BEGIN_RESET, (as_text(at),))
        return ResetRun(id_, at, 0)

    def advance(self, run: ResetRun) -> None:
        finished = None if run.finished_at is None else as_text(run.finished_at)
        self._transaction.execute(ADVANCE_RESET, (run.position, finished, run.id))


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
