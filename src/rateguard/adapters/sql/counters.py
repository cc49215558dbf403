"""Table ``ratelimits``."""

from __future__ import annotations

import datetime as dt
import json

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.dialect import as_text, as_time
from rateguard.adapters.sql.messages import FIND_CHARGES, transactions_of
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import StoreConflict
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.submission import Submission


LOCK_COUNTERS = (
    "SELECT {packed:id, sender text, quota, quota_reset, quota_locked, suspended,"
    " raised_quota, raised_until time, msg_counter, rcpt_counter, msg_total,"
    " rcpt_total}"
    " FROM ratelimits{sender_index} WHERE sender IN ({many})"
    " ORDER BY sender{for_update}"
)
"""
The counters of some senders, held until the transaction ends. Always in the
order of the senders, so that two transactions never wait for each other.
"""

ADD_COUNTERS = (
    "INSERT INTO ratelimits (sender, quota, quota_reset, created_at, updated_at)"
    " VALUES {rows:5}{keep_existing}"
)
"""Counters of new senders. Somebody else may have added them meanwhile."""

SAVE_COUNTERS = (
    "INSERT INTO ratelimits"
    " (id, sender, msg_counter, rcpt_counter, msg_total, rcpt_total, updated_at)"
    " VALUES {rows:7}{overwriting}"
    " msg_counter = {new:msg_counter}, rcpt_counter = {new:rcpt_counter},"
    " msg_total = {new:msg_total}, rcpt_total = {new:rcpt_total},"
    " updated_at = {new:updated_at}"
)
"""
Many counters in one statement: the rows exist and are locked, so it is always
the update that is done. Never touches the quota.
"""

SAVE_POLICY = (
    "UPDATE ratelimits SET quota = {p}, quota_reset = {p}, quota_locked = {p},"
    " suspended = {p}, raised_quota = {p}, raised_until = {p},"
    " updated_at = updated_at WHERE id = {p}"
)

LET_GO = (
    "UPDATE messages SET ratelimit_id = NULL, created_at = created_at"
    " WHERE id > {p} AND ratelimit_id IN ({many})"
)
"""
Messages of senders that are about to be removed. ``created_at`` is named so
that a column that changes by itself does not.
"""

REMOVE_COUNTERS = "DELETE FROM ratelimits WHERE id IN ({many})"

RESET_BOUND = (
    "SELECT MAX(id) FROM (SELECT id FROM ratelimits WHERE id > {p}"
    " ORDER BY id LIMIT {p}) AS chunk"
)
"""The id of the last counter of the next chunk."""

RESET_COUNTERS = (
    "UPDATE ratelimits SET msg_counter = 0, rcpt_counter = 0,"
    " quota = CASE WHEN quota_locked = 0 THEN quota_reset ELSE quota END,"
    " raised_quota = CASE WHEN raised_until IS NULL THEN NULL ELSE raised_quota END,"
    " updated_at = updated_at"
    " WHERE id > {p} AND id <= {p} AND (msg_counter <> 0 OR rcpt_counter <> 0"
    " OR (quota_locked = 0 AND quota <> quota_reset)"
    " OR (raised_quota IS NOT NULL AND raised_until IS NULL))"
)
"""
A new period for one chunk. ``updated_at`` is named so that a column that
changes by itself does not.
"""


def counter_of(sender: str, columns: Sequence[Any]) -> SenderCounter:
    """
    Return the counter in the columns from ``quota`` to ``rcpt_total`` as
    ``LOCK_COUNTERS`` has them.
    """
    quota, quota_reset, locked, suspended, raised_quota, until, *counted = columns
    if raised_quota is None:
        policy = QuotaPolicy(quota, quota_reset, bool(locked), bool(suspended))
    else:
        raised = Raise(raised_quota, as_time(until) if until else None)
        policy = QuotaPolicy(quota, quota_reset, bool(locked), bool(suspended), raised)
    return SenderCounter(sender, policy, *counted)


@attrs.define(eq=False)
class SqlCounterRepository:
    """
    Implements ``CounterRepository``.

    Attributes:
        ids: The row of each sender locked in this unit.
    """

    _transaction: Transaction
    ids: dict[str, int] = attrs.Factory(dict)

    def lock(
        self,
        senders: Collection[str],
        *,
        default: QuotaPolicy,
        at: dt.datetime,
        charging: Sequence[Submission] = (),
    ) -> dict[str, SenderCounter]:
        """
        Lock all at once. Only when some are missing begin again and add all
        of them, those that exist as well: adding takes the lock of a row
        that exists, so every transaction comes by the same rows in the same
        order, and two that meet the same new senders rarely deadlock.
        """
        names = sorted(senders)
        self._transaction.ask_ahead(
            (LOCK_COUNTERS, names), (FIND_CHARGES, transactions_of(charging))
        )
        counters = self._locked(names)
        if len(counters) < len(names):
            self._transaction.begin_again()
            self._add(names, default, at)
            counters = self._locked(names)
            if len(counters) < len(names):
                # Seen on MariaDB 10.11, once in thousands: a row that another
                # transaction was adding passes for existing, then is gone
                # because the other was rolled back.
                raise StoreConflict("a new sender was rolled back by another unit")
        return counters

    def _locked(self, names: list[str]) -> dict[str, SenderCounter]:
        packed = self._transaction.select_many(LOCK_COUNTERS, names)
        rows = [row for (rows,) in packed if rows for row in json.loads(rows)]
        # MySQL compares as if padded with spaces: a row that somebody entered
        # with a space behind is found too, and is this sender's.
        found = {}
        for id_, name, *columns in rows:
            sender = name.rstrip(" ")
            self.ids[sender] = id_
            found[sender] = counter_of(sender, columns)
        return found

    def _add(self, names: list[str], policy: QuotaPolicy, at: dt.datetime) -> None:
        when = as_text(at)
        self._transaction.insert_many(
            ADD_COUNTERS,
            [(name, policy.quota, policy.quota_reset, when, when) for name in names],
        )

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        when, ids = as_text(at), self.ids
        self._transaction.insert_many(
            SAVE_COUNTERS,
            [
                (
                    ids[counter.sender],
                    counter.sender,
                    counter.messages,
                    counter.recipients,
                    counter.messages_total,
                    counter.recipients_total,
                    when,
                )
                for counter in counters
            ],
        )

    def find(self, senders: Collection[str]) -> dict[str, SenderCounter]:
        return self._locked(sorted(senders))

    def set_policies(self, counters: Iterable[SenderCounter]) -> None:
        """A statement a sender: operators are not in a hurry."""
        for counter in counters:
            policy, raised = counter.policy, counter.policy.raised
            until = raised.until if raised else None
            self._transaction.execute(
                SAVE_POLICY,
                (
                    policy.quota,
                    policy.quota_reset,
                    policy.locked,
                    policy.suspended,
                    raised.quota if raised else None,
                    as_text(until) if until else None,
                    self.ids[counter.sender],
                ),
            )

    def remove(self, senders: Collection[str], *, let_go: int) -> None:
        """Not left to the foreign key: SQLite has no index for it."""
        ids = [self.ids[sender] for sender in senders]
        if ids:
            count = len(ids)
            self._transaction.execute(LET_GO, [let_go, *ids], count=count)
            self._transaction.execute(REMOVE_COUNTERS, ids, count=count)

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """Positions are ids."""
        last = self._transaction.number(RESET_BOUND, (after, limit))
        # Where none is left, no id is up to NULL.
        self._transaction.execute(RESET_COUNTERS, (after, last))
        return last
