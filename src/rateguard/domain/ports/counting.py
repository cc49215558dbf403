"""
What is counted and kept of messages.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Decision
from rateguard.domain.notice import SentMessage
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.value import value


class CounterRepository(Protocol):
    """
    The counters of all senders, inside one unit of work.
    """

    def lock(
        self,
        senders: Collection[str],
        *,
        default: QuotaPolicy,
        at: dt.datetime,
        charging: Sequence[Submission] = (),
    ) -> dict[str, SenderCounter]:
        """
        Return the counter of every sender and hold all of them until the unit
        ends: nobody else, in whatever thread, process or host, can lock or
        change them before. Has to be the first thing a unit does.

        Senders without a counter get one with the policy *default*, created
        at *at*; it is gone again if the unit is not committed. Locking in one
        fixed order is the store's business. The earlier charges for *charging*
        will be asked for next: a store that is far away may fetch them on the
        same way.

        Raises:
            StoreConflict: somebody else holds them for too long.
        """

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        """
        Keep what was charged to these counters, changed at *at*. All of them
        were locked in this unit. The policy is never written: it belongs to
        the operator.
        """

    def find(self, senders: Collection[str]) -> dict[str, SenderCounter]:
        """
        As :meth:`lock`, of those that there are.
        """

    def set_policies(self, counters: Iterable[SenderCounter]) -> None:
        """
        Keep the policies of these counters, and nothing else of them. All of
        them were locked in this unit.
        """

    def remove(self, senders: Collection[str], *, let_go: int = 0) -> None:
        """
        Forget these senders. Their messages stay, and are nobody's; those up
        to position *let_go* are so already, see ``MessageLog.let_go``. All of
        them were locked in this unit.
        """

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """
        Start a new period for the next *limit* counters behind position
        *after* (0 is before the first). Totals and the time of the last
        change stay as they are.

        Returns:
            The position reached, or None when there was none left to reset.
        """


@value
class MessageRecord:
    """
    One judged message, for the message log.
    """

    submission: Submission
    decision: Decision
    at: dt.datetime


class MessageLog(Protocol):
    """
    Every message that was judged, inside one unit of work.
    """

    def charges(
        self, submissions: Sequence[Submission]
    ) -> dict[tuple[str, str], Charge]:
        """
        Return what earlier units charged for the same messages, by sender
        and transaction. Submissions without a transaction have none.
        """

    def add(self, records: Sequence[MessageRecord]) -> None:
        """
        Keep these messages. Values too long for the store are cut, never
        refused. Their senders were locked in this unit.
        """

    def amend(self, records: Sequence[MessageRecord]) -> None:
        """
        Set recipients and verdict of messages that are already kept, found
        by sender and transaction.
        """

    def recent(self, sender: str, *, limit: int) -> list[SentMessage]:
        """
        Return the last messages of a sender, newest first. Looks back only so
        far that it never takes long.
        """

    def let_go(self, sender: str, *, after: int, limit: int) -> int | None:
        """
        Make those messages of a sender nobody's that are among the next
        *limit* of all messages behind position *after* (0 is before the
        first): all at once would keep others waiting.

        Returns:
            The position reached, or None when there were no messages left.
        """

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """
        Delete up to *limit* messages judged before *before*.

        Returns:
            How many were deleted; fewer than *limit* means none are left.
        """


@attrs.frozen
class ResetRun:
    """
    How far a reset has come.

    Attributes:
        started_at: Aware UTC.

        position: Counters up to here are done, see ``reset_chunk``.

        finished_at: Aware UTC; None while unfinished.
    """

    id: int
    started_at: dt.datetime
    position: int
    finished_at: dt.datetime | None = None


class ResetLedger(Protocol):
    """
    The resets that were begun, inside one unit of work.
    """

    def latest(self) -> ResetRun | None:
        """
        Return the reset begun last.
        """

    def begin(self, at: dt.datetime) -> ResetRun:
        """
        Record that a reset begins.
        """

    def advance(self, run: ResetRun) -> None:
        """
        Record the position and the end of a run that was begun before.
        """
