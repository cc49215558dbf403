"""
Table ``ratelimits``.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Collection, Iterable

from rateguard.adapters.sql import statements
from rateguard.adapters.sql.dialect import Row, as_text
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.counter import SenderCounter
from rateguard.domain.quota import QuotaPolicy


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
        self, senders: Collection[str], *, default: QuotaPolicy, at: dt.datetime
    ) -> dict[str, SenderCounter]:
        """
        Lock all at once. Only when some are missing begin again, add those,
        then lock all: adding while holding locks is how two hosts that meet
        the same new senders come to wait for each other.
        """
        names = sorted(senders)
        counters = self._locked(names)
        if len(counters) < len(names):
            missing = [name for name in names if name not in counters]
            self._transaction.begin_again()
            self._add(missing, default, at)
            counters = self._locked(names)
        return counters

    def _locked(self, names: list[str]) -> dict[str, SenderCounter]:
        rows = self._transaction.select_many(statements.LOCK_COUNTERS, names)
        self.ids.update({row[1]: row[0] for row in rows})
        return {row[1]: _counter(row) for row in rows}

    def _add(self, names: list[str], policy: QuotaPolicy, at: dt.datetime) -> None:
        when = as_text(at)
        self._transaction.insert_many(
            statements.ADD_COUNTERS,
            [(name, policy.quota, policy.quota_reset, when, when) for name in names],
        )

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        """
        Write the counters of all in one statement.
        """
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

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """
        Positions are ids.
        """
        rows = self._transaction.select(statements.RESET_BOUND, (after, limit))
        last: int | None = rows[0][0]
        if last is not None:
            self._transaction.execute(statements.RESET_COUNTERS, (after, last))
        return last


def _counter(row: Row) -> SenderCounter:
    _, sender, quota, quota_reset, locked, messages, recipients, *totals = row
    return SenderCounter(
        sender,
        QuotaPolicy(quota, quota_reset, bool(locked)),
        messages,
        recipients,
        *totals,
    )
