"""
Table ``rateguard_outbox``: a row for each event and each notifier.
"""

from __future__ import annotations

import datetime as dt
import uuid

from collections.abc import Collection, Iterable, Sequence

import attrs

from rateguard.adapters.sql import outbox_statements as statements
from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.packing import packed, unpacked
from rateguard.adapters.sql.transaction import Transaction
from rateguard.domain.events import Event
from rateguard.domain.notice import Delivery


_DELIVERED, _GIVEN_UP = 1, 2
_ERROR_WIDTH = 255


class SqlOutbox:
    """
    Implements ``Outbox``; *notifiers* are the names of those who are told.
    """

    __slots__ = ("_notifiers", "_transaction")

    def __init__(self, transaction: Transaction, notifiers: Sequence[str]) -> None:
        self._transaction = transaction
        self._notifiers = notifiers

    def add(self, events: Sequence[Event]) -> None:
        """
        Add all in one statement.
        """
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
            self._transaction.insert_many(statements.ADD_DELIVERIES, rows)

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        """
        Read what is due, then take each: nobody waits for a lock that somebody
        holds while he makes up his mind.
        """
        until = _not_before(now + lease)
        rows = self._transaction.select(
            statements.DUE_DELIVERIES, (notifier, as_text(now), limit)
        )
        due = [_delivery(row) for row in rows]
        claimed = {}
        # By id, so that two who want the same do not deadlock.
        for delivery in sorted(due, key=lambda each: each.id):
            held = (until, delivery.id, as_text(delivery.due_at), delivery.attempts)
            if self._transaction.execute(statements.CLAIM_DELIVERY, held):
                claimed[delivery.id] = attrs.evolve(
                    delivery, attempts=delivery.attempts + 1, due_at=as_time(until)
                )
        return [claimed[each.id] for each in due if each.id in claimed]

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        """
        Whoever holds the lease.
        """
        self._transaction.execute(statements.END_DELIVERY, (as_text(at), delivery.id))

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        """
        Only while the lease is the one that was given.
        """
        if retry_at is None:
            statement, when = statements.GIVE_DELIVERY_UP, as_text(at)
        else:
            statement, when = statements.POSTPONE_DELIVERY, _not_before(retry_at)
        self._transaction.execute(
            statement, (when, error[:_ERROR_WIDTH], *_lease(delivery))
        )

    def release(self, deliveries: Iterable[Delivery], *, now: dt.datetime) -> None:
        """
        One statement each: they are few.
        """
        for delivery in deliveries:
            self._transaction.execute(
                statements.RELEASE_DELIVERY, (as_text(now), *_lease(delivery))
            )

    def next_due(self, notifier: str) -> dt.datetime | None:
        """
        From the index alone.
        """
        rows = self._transaction.select(statements.NEXT_DELIVERY, (notifier,))
        due_at = rows[0][0]
        return None if due_at is None else as_time(due_at)

    def waiting(self) -> dict[str, int]:
        """
        Count them.
        """
        return dict(self._transaction.select(statements.WAITING_DELIVERIES))

    def unfinished(self, *, limit: int) -> list[Delivery]:
        """
        By id, which rises with time.
        """
        rows = self._transaction.select(statements.UNFINISHED_DELIVERIES, (limit,))
        return [_delivery(row) for row in rows]

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """
        Two statements each: nobody waits for it but an operator.
        """
        if ids is None:
            rows = self._transaction.select(statements.UNFINISHED_IDS)
            ids = [row[0] for row in rows]
        when, count = as_text(now), 0
        for id_ in sorted(set(ids)):
            self._transaction.execute(statements.RETRY_DELIVERY, (when, when, id_))
            rows = self._transaction.select(statements.UNFINISHED_DELIVERY, (id_,))
            count += rows[0][0]
        return count

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """
        Oldest first.
        """
        rows = self._transaction.select(
            statements.OLD_DELIVERIES, (as_text(before), limit)
        )
        ids = [row[0] for row in rows]
        if ids:
            self._transaction.execute(statements.DELETE_DELIVERIES, ids, count=len(ids))
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
