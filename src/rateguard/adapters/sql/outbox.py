"""Table ``rateguard_outbox``: a row for each event and each notifier."""

from __future__ import annotations

import datetime as dt
import json
import uuid

from collections.abc import Collection, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS, Delivery, Event
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.submission import Submission


ADD_DELIVERIES = (
    "INSERT INTO rateguard_outbox"
    " (event_id, notifier, kind, sender, payload, since, due_at) VALUES {rows:7}"
)

_DELIVERIES = (
    "SELECT id, event_id, notifier, kind, payload, attempts, since, due_at,"
    " state, finished_at, error FROM rateguard_outbox"
)

DUE = (
    f"{_DELIVERIES} WHERE notifier = {{p}} AND state = 0 AND due_at <= {{p}}"
    " ORDER BY attempts, due_at, id LIMIT {p}"
)
"""Read without locks: whoever wants one takes it with ``CLAIM``."""

_HELD = " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
"""
Whether the lease is still the one that was given. Its end alone does not say it:
somebody else's may end in the same second.
"""

CLAIM = f"UPDATE rateguard_outbox SET attempts = attempts + 1, due_at = {{p}}{_HELD}"
"""Changes one row, or none if somebody else was faster."""

POSTPONE = f"UPDATE rateguard_outbox SET due_at = {{p}}, error = {{p}}{_HELD}"

GIVE_UP = (
    "UPDATE rateguard_outbox SET state = 2, finished_at = {p}, error = {p}" + _HELD
)

DELIVERED = (
    "UPDATE rateguard_outbox SET state = 1, finished_at = {p}"
    " WHERE id = {p} AND state <> 1"
)

NEXT_DUE = "SELECT MIN(due_at) FROM rateguard_outbox WHERE notifier = {p} AND state = 0"

WAITING = (
    "SELECT notifier, COUNT(*) FROM rateguard_outbox WHERE state = 0 GROUP BY notifier"
)

UNFINISHED = f"{_DELIVERIES} WHERE state <> 1 ORDER BY id DESC LIMIT {{p}}"

UNFINISHED_IDS = "SELECT id FROM rateguard_outbox WHERE state <> 1 ORDER BY id"

RETRY = (
    "UPDATE rateguard_outbox SET state = 0, finished_at = NULL, since = {p},"
    " due_at = {p} WHERE id = {p} AND state <> 1"
)

FINISHED_IDS = (
    "SELECT id FROM rateguard_outbox WHERE state <> 0 AND finished_at < {p}"
    " ORDER BY id LIMIT {p}"
)

DELETE = "DELETE FROM rateguard_outbox WHERE id IN ({many})"

_DELIVERED, _GIVEN_UP = 1, 2
_ERROR_WIDTH = 255

LONGEST_TEXT = 1000
"""Characters kept of what strangers choose: more says no more."""


@attrs.define(eq=False)
class SqlOutbox:
    """Implements ``Outbox``; *notifiers* are the names of those who are told."""

    _transaction: Transaction
    _notifiers: Sequence[str]

    def add(self, events: Sequence[Event]) -> None:
        rows = [
            (
                event_id,
                notifier,
                event.kind,
                event.submission.sender,
                packed(event),
                as_text(event.at),
                as_text(event.at),
            )
            for event in events
            for event_id in [str(uuid.uuid4())]
            for notifier in self._notifiers
        ]
        self._transaction.insert_many(ADD_DELIVERIES, rows)

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        """
        Read what is due, then take each: nobody waits for a lock that is held
        while somebody makes up their mind.
        """
        until = _not_before(now + lease)
        rows = self._transaction.select(DUE, (notifier, as_text(now), limit))
        due = [_delivery(row) for row in rows]
        claimed = {}
        # By id, so that two who want the same do not deadlock.
        for delivery in sorted(due, key=lambda each: each.id):
            if self._transaction.execute(CLAIM, (until, *_lease(delivery))):
                claimed[delivery.id] = attrs.evolve(
                    delivery, attempts=delivery.attempts + 1, due_at=as_time(until)
                )
        return [claimed[each.id] for each in due if each.id in claimed]

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        self._transaction.execute(DELIVERED, (as_text(at), delivery.id))

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        if retry_at is None:
            statement, when = GIVE_UP, as_text(at)
        else:
            statement, when = POSTPONE, _not_before(retry_at)
        self._transaction.execute(
            statement, (when, error[:_ERROR_WIDTH], *_lease(delivery))
        )

    def next_due(self, notifier: str) -> dt.datetime | None:
        due_at = self._transaction.select(NEXT_DUE, (notifier,))[0][0]
        return None if due_at is None else as_time(due_at)

    def waiting(self) -> dict[str, int]:
        return dict(self._transaction.select(WAITING))

    def unfinished(self, *, limit: int) -> list[Delivery]:
        rows = self._transaction.select(UNFINISHED, (limit,))
        return [_delivery(row) for row in rows]

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """A statement each: nobody waits for it but an operator."""
        when = as_text(now)
        unfinished = [row[0] for row in self._transaction.select(UNFINISHED_IDS)]
        wanted = [each for each in unfinished if ids is None or each in ids]
        for id_ in wanted:
            self._transaction.execute(RETRY, (when, when, id_))
        return len(wanted)

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        return self._transaction.delete(FINISHED_IDS, DELETE, before, limit)


def _not_before(at: dt.datetime) -> str:
    """
    Return the whole second that is not earlier: times are kept without what
    is finer.
    """
    return as_text(at + dt.timedelta(microseconds=999999))


def _lease(delivery: Delivery) -> Row:
    return delivery.id, as_text(delivery.due_at), delivery.attempts


def _delivery(row: Row) -> Delivery:
    id_, event_id, notifier, kind, payload, attempts, since, due_at, *ended = row
    state, finished_at, error = ended
    finished = None if finished_at is None else as_time(finished_at)
    return Delivery(
        id_,
        event_id,
        notifier,
        unpacked(kind, payload),
        attempts,
        as_time(since),
        as_time(due_at),
        finished if state == _DELIVERED else None,
        finished if state == _GIVEN_UP else None,
        error,
    )


def packed(event: Event) -> str:
    """Return an event as JSON."""
    submission = {
        name: text[:LONGEST_TEXT] if isinstance(text, str) else text
        for name, text in attrs.asdict(event.submission).items()
    }
    return json.dumps(
        {
            "submission": submission,
            "counter": attrs.asdict(event.counter),
            "at": event.at,
        },
        default=_time,
    )


def _time(value: dt.datetime) -> str:
    return value.isoformat()


def unpacked(kind: str, payload: str) -> Event:
    fields = json.loads(payload)
    counter = fields["counter"]
    counter["policy"] = _policy(**counter["policy"])
    return EVENTS[kind](
        Submission(**fields["submission"]),
        SenderCounter(**counter),
        dt.datetime.fromisoformat(fields["at"]),
    )


def _policy(raised: dict[str, Any] | None = None, **fields: Any) -> QuotaPolicy:  # noqa: ANN401
    # Events that an older version packed know of no raise.
    if raised is None:
        return QuotaPolicy(**fields)
    until = raised["until"]
    end = dt.datetime.fromisoformat(until) if until else None
    return QuotaPolicy(**fields, raised=Raise(raised["quota"], end))
