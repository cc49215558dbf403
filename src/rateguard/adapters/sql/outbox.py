"""Table ``rateguard_outbox``: a row for each event and each notifier."""

from __future__ import annotations

import datetime as dt
import json
import uuid

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import EVENTS, Delivery, Event
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.submission import Submission


LONGEST_TEXT = 1000
"""Characters kept of what strangers choose: more says no more."""


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
    """Return the event that was packed."""
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


_DELIVERED, _GIVEN_UP = 1, 2
_ERROR_WIDTH = 255


class SqlOutbox:
    """Implements ``Outbox``; *notifiers* are the names of those who are told."""

    __slots__ = ("_notifiers", "_transaction")

    def __init__(self, transaction: Transaction, notifiers: Sequence[str]) -> None:
        self._transaction = transaction
        self._notifiers = notifiers

    def add(self, events: Sequence[Event]) -> None:
        """Add all in one statement."""
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
        if rows:
            self._transaction.insert_many(ADD_DELIVERIES, rows)

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        """
        Read what is due, then take each: nobody waits for a lock that somebody
        holds while he makes up his mind.
        """
        until = _not_before(now + lease)
        rows = self._transaction.select(DUE_DELIVERIES, (notifier, as_text(now), limit))
        due = [_delivery(row) for row in rows]
        claimed = {}
        # By id, so that two who want the same do not deadlock.
        for delivery in sorted(due, key=lambda each: each.id):
            held = (until, delivery.id, as_text(delivery.due_at), delivery.attempts)
            if self._transaction.execute(CLAIM_DELIVERY, held):
                claimed[delivery.id] = attrs.evolve(
                    delivery, attempts=delivery.attempts + 1, due_at=as_time(until)
                )
        return [claimed[each.id] for each in due if each.id in claimed]

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        """Whoever holds the lease."""
        self._transaction.execute(END_DELIVERY, (as_text(at), delivery.id))

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        """Only while the lease is the one that was given."""
        if retry_at is None:
            statement, when = GIVE_DELIVERY_UP, as_text(at)
        else:
            statement, when = POSTPONE_DELIVERY, _not_before(retry_at)
        self._transaction.execute(
            statement, (when, error[:_ERROR_WIDTH], *_lease(delivery))
        )

    def release(self, deliveries: Iterable[Delivery], *, now: dt.datetime) -> None:
        """One statement each: they are few."""
        for delivery in deliveries:
            self._transaction.execute(
                RELEASE_DELIVERY, (as_text(now), *_lease(delivery))
            )

    def next_due(self, notifier: str) -> dt.datetime | None:
        """From the index alone."""
        rows = self._transaction.select(NEXT_DELIVERY, (notifier,))
        due_at = rows[0][0]
        return None if due_at is None else as_time(due_at)

    def waiting(self) -> dict[str, int]:
        """Count them."""
        return dict(self._transaction.select(WAITING_DELIVERIES))

    def unfinished(self, *, limit: int) -> list[Delivery]:
        """By id, which rises with time."""
        rows = self._transaction.select(UNFINISHED_DELIVERIES, (limit,))
        return [_delivery(row) for row in rows]

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """Two statements each: nobody waits for it but an operator."""
        if ids is None:
            rows = self._transaction.select(UNFINISHED_IDS)
            ids = [row[0] for row in rows]
        when, count = as_text(now), 0
        for id_ in sorted(set(ids)):
            self._transaction.execute(RETRY_DELIVERY, (when, when, id_))
            rows = self._transaction.select(UNFINISHED_DELIVERY, (id_,))
            count += rows[0][0]
        return count

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """Oldest first."""
        rows = self._transaction.select(OLD_DELIVERIES, (as_text(before), limit))
        ids = [row[0] for row in rows]
        if ids:
            self._transaction.execute(DELETE_DELIVERIES, ids, count=len(ids))
        return len(ids)


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


ADD_DELIVERIES = (
    "INSERT INTO rateguard_outbox"
    " (event_id, notifier, kind, sender, payload, since, due_at) VALUES {rows:7}"
)

_DELIVERY = (
    "SELECT id, event_id, notifier, kind, payload, attempts, since, due_at,"
    " state, finished_at, error FROM rateguard_outbox"
)

DUE_DELIVERIES = (
    _DELIVERY + " WHERE notifier = {p} AND state = 0 AND due_at <= {p}"
    " ORDER BY attempts, due_at, id LIMIT {p}"
)
"""Read without locks: whoever wants one takes it with ``CLAIM_DELIVERY``."""

CLAIM_DELIVERY = (
    "UPDATE rateguard_outbox SET attempts = attempts + 1, due_at = {p}"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)
"""Changes one row, or none if somebody else was faster."""

END_DELIVERY = (
    "UPDATE rateguard_outbox SET state = 1, finished_at = {p}"
    " WHERE id = {p} AND state <> 1"
)

POSTPONE_DELIVERY = (
    "UPDATE rateguard_outbox SET due_at = {p}, error = {p}"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)
"""
Only by whom the lease belongs to. Its end alone does not say it: somebody
else's may end in the same second.
"""

GIVE_DELIVERY_UP = (
    "UPDATE rateguard_outbox SET state = 2, finished_at = {p}, error = {p}"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)

RELEASE_DELIVERY = (
    "UPDATE rateguard_outbox SET due_at = {p}, attempts = attempts - 1"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)

NEXT_DELIVERY = (
    "SELECT MIN(due_at) FROM rateguard_outbox WHERE notifier = {p} AND state = 0"
)

WAITING_DELIVERIES = (
    "SELECT notifier, COUNT(*) FROM rateguard_outbox WHERE state = 0 GROUP BY notifier"
)

UNFINISHED_DELIVERIES = _DELIVERY + " WHERE state <> 1 ORDER BY id DESC LIMIT {p}"

UNFINISHED_IDS = "SELECT id FROM rateguard_outbox WHERE state <> 1 ORDER BY id"

RETRY_DELIVERY = (
    "UPDATE rateguard_outbox SET state = 0, finished_at = NULL, since = {p},"
    " due_at = {p} WHERE id = {p} AND state <> 1"
)

UNFINISHED_DELIVERY = (
    "SELECT COUNT(*) FROM rateguard_outbox WHERE id = {p} AND state <> 1"
)
"""
Asked after ``RETRY_DELIVERY``, since MySQL does not count a row that it
leaves as it was.
"""

OLD_DELIVERIES = (
    "SELECT id FROM rateguard_outbox WHERE state <> 0 AND finished_at < {p}"
    " ORDER BY id LIMIT {p}"
)

DELETE_DELIVERIES = "DELETE FROM rateguard_outbox WHERE id IN ({many})"
