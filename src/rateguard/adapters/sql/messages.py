"""Table ``messages``."""

from __future__ import annotations

import datetime as dt

from collections.abc import Mapping, Sequence

import attrs

from rateguard.adapters.sql.dialect import Row, as_text, as_time
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.decision import Charge, Verdict
from rateguard.domain.events import SentMessage
from rateguard.domain.ports import MessageRecord
from rateguard.domain.submission import Submission


_WIDTH = 255
_TEXT_WIDTH = 16383  # characters of 4 bytes in MySQL's TEXT
_ADDRESS_WIDTH = 45
_INT_MAX = 2147483647

_LOOK_BACK = 5000
"""Messages of all senders: read in a few milliseconds."""

FIND_CHARGES = (
    "SELECT ratelimit_id, transaction_id, rcpt_count, blocked FROM messages"
    " WHERE transaction_id IN ({many})"
)
"""
What was charged before for the same messages, with those of other senders
that happen to have the same transaction. Nearly always none.
"""

ADD_MESSAGES = (
    "INSERT INTO messages (ratelimit_id, transaction_id, msgid, sender,"
    " rcpt_count, blocked, from_addr, to_addr, client_address, client_name,"
    " created_at) VALUES {rows:11}"
)

AMEND_MESSAGE = (
    "UPDATE messages SET rcpt_count = {p}, blocked = {p}, created_at = created_at"
    " WHERE transaction_id = {p} AND ratelimit_id = {p}"
)
"""
A message that grew recipients after it was asked about. ``created_at`` is
named so that a column that changes by itself does not.
"""

LATEST_MESSAGE = "SELECT MAX(id) FROM messages"

RECENT_MESSAGES = (
    "SELECT msgid, client_address, client_name, rcpt_count, blocked, created_at"
    " FROM messages WHERE id > {p}"
    " AND ratelimit_id = (SELECT id FROM ratelimits WHERE sender = {p})"
    " ORDER BY id DESC LIMIT {p}"
)
"""
Known by the row of the sender, not by the name: in a table that
policyd-rate-guard made, names are compared without accents and case.
"""

LET_GO_BOUND = (
    "SELECT MAX(id) FROM (SELECT id FROM messages WHERE id > {p}"
    " ORDER BY id LIMIT {p}) AS chunk"
)

LET_GO_CHUNK = (
    "UPDATE messages SET ratelimit_id = NULL, created_at = created_at"
    " WHERE id > {p} AND id <= {p}"
    " AND ratelimit_id = (SELECT id FROM ratelimits WHERE sender = {p})"
)

OLD_MESSAGES = (
    "SELECT id FROM messages WHERE created_at < {p} ORDER BY created_at LIMIT {p}"
)

DELETE_MESSAGES = "DELETE FROM messages WHERE id IN ({many})"


def transactions_of(submissions: Sequence[Submission]) -> list[str]:
    """Return by what the charges for these are found."""
    return sorted({each.transaction for each in submissions if each.transaction})


@attrs.define(eq=False)
class SqlMessageLog:
    """Implements ``MessageLog``; *ids* are the rows of the senders."""

    _transaction: Transaction
    _ids: Mapping[str, int]

    def charges(
        self, submissions: Sequence[Submission]
    ) -> dict[tuple[str, str], Charge]:
        """
        Look all transactions up in one query.

        Senders are told apart by their rows, not by their names: in a table
        that policyd-rate-guard made, names are compared without accents and
        case, and in latin1 not even kept.
        """
        keys = transactions_of(submissions)
        if not keys:
            return {}
        rows = self._transaction.select_many(FIND_CHARGES, keys)
        if not rows:
            return {}
        senders = {id_: sender for sender, id_ in self._ids.items()}
        return {
            (senders[id_], transaction): Charge(
                # The column ends before the counters do.
                recipients if recipients < _INT_MAX else COUNTER_MAX,
                Verdict.DEFER if blocked else Verdict.ACCEPT,
            )
            for id_, transaction, recipients, blocked in rows
            if id_ in senders
        }

    def add(self, records: Sequence[MessageRecord]) -> None:
        if records:
            when = as_text(records[0].at)
            rows = [self._row(record, when) for record in records]
            self._transaction.insert_many(ADD_MESSAGES, rows)

    def _row(self, record: MessageRecord, when: str) -> Row:
        submission = record.submission
        return (
            self._ids[submission.sender],
            submission.transaction or None,
            submission.queue_id[:_WIDTH],
            submission.sender,
            min(submission.recipients, _INT_MAX),
            record.decision.verdict is Verdict.DEFER,
            submission.from_address[:_WIDTH],
            submission.to_address[:_TEXT_WIDTH],
            submission.client_address[:_ADDRESS_WIDTH],
            submission.client_name[:_WIDTH],
            when,
        )

    def amend(self, records: Sequence[MessageRecord]) -> None:
        """One statement a message: this is rare."""
        for record in records:
            submission = record.submission
            self._transaction.execute(
                AMEND_MESSAGE,
                (
                    min(submission.recipients, _INT_MAX),
                    record.decision.verdict is Verdict.DEFER,
                    submission.transaction,
                    self._ids[submission.sender],
                ),
            )

    def recent(self, sender: str, *, limit: int) -> list[SentMessage]:
        """Among the last of all messages: there is no index over senders."""
        latest = self._transaction.number(LATEST_MESSAGE) or 0
        rows = self._transaction.select(
            RECENT_MESSAGES, (max(0, latest - _LOOK_BACK), sender, limit)
        )
        return [
            SentMessage(queue_id, address, name, recipients, bool(blocked), as_time(at))
            for queue_id, address, name, recipients, blocked, at in rows
        ]

    def let_go(self, sender: str, *, after: int, limit: int) -> int | None:
        """Positions are ids."""
        last = self._transaction.number(LET_GO_BOUND, (after, limit))
        # Where none is left, no id is up to NULL.
        self._transaction.execute(LET_GO_CHUNK, (after, last, sender))
        return last

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        return self._transaction.delete(OLD_MESSAGES, DELETE_MESSAGES, before, limit)
