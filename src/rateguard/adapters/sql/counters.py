"""Table ``ratelimits``."""

from __future__ import annotations

import datetime as dt
import json

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import as_text, as_time
from rateguard.adapters.sql.messages import transactions_of
from rateguard.adapters.sql.transaction import Transaction
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import StoreConflict
from rateguard.domain.ports import ResetRun
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.submission import Submission


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


class SqlCounterRepository:
    """
    Implements ``CounterRepository``.

    Attributes:
        ids: The row of each sender locked in this unit.
    """

    __slots__ = ("_transaction", "ids")

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.ids: dict[str, int] = {}

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
            (statements.LOCK_COUNTERS, names),
            (statements.FIND_CHARGES, transactions_of(charging)),
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
        packed = self._transaction.select_many(statements.LOCK_COUNTERS, names)
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
            statements.ADD_COUNTERS,
            [(name, policy.quota, policy.quota_reset, when, when) for name in names],
        )

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        """Write the counters of all in one statement."""
        when, ids = as_text(at), self.ids
        self._transaction.insert_many(
            statements.SAVE_COUNTERS,
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
        """Lock those that there are."""
        return self._locked(sorted(senders))

    def set_policies(self, counters: Iterable[SenderCounter]) -> None:
        """A statement a sender: operators are not in a hurry."""
        for counter in counters:
            policy, raised = counter.policy, counter.policy.raised
            until = raised.until if raised else None
            self._transaction.execute(
                statements.SAVE_POLICY,
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

    def remove(self, senders: Collection[str], *, let_go: int = 0) -> None:
        """Not left to the foreign key: SQLite has no index for it."""
        ids = [self.ids[sender] for sender in senders]
        if ids:
            count = len(ids)
            self._transaction.execute(statements.LET_GO, [let_go, *ids], count=count)
            self._transaction.execute(statements.REMOVE_COUNTERS, ids, count=count)

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """Positions are ids."""
        rows = self._transaction.select(statements.RESET_BOUND, (after, limit))
        last: int | None = rows[0][0]
        if last is not None:
            self._transaction.execute(statements.RESET_COUNTERS, (after, last))
        return last


class SqlResetLedger:
    """Implements ``ResetLedger``."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def latest(self) -> ResetRun | None:
        """Return the reset begun last."""
        rows = self._transaction.select(statements.LATEST_RESET)
        if not rows:
            return None
        id_, started_at, position, finished_at = rows[0]
        return ResetRun(
            id_,
            as_time(started_at),
            position,
            None if finished_at is None else as_time(finished_at),
        )

    def begin(self, at: dt.datetime) -> ResetRun:
        """Record that a reset begins."""
        at = at.replace(microsecond=0)
        id_ = self._transaction.insert(statements.BEGIN_RESET, (as_text(at),))
        return ResetRun(id_, at, 0)

    def advance(self, run: ResetRun) -> None:
        """Record how far it came."""
        finished = None if run.finished_at is None else as_text(run.finished_at)
        self._transaction.execute(
            statements.ADVANCE_RESET, (run.position, finished, run.id)
        )
