"""
What the domain needs of the world, in its own words.

Every store raises only :class:`~rateguard.domain.errors.StoreUnavailable` and
:class:`~rateguard.domain.errors.StoreConflict` for what goes wrong outside of
us; anything else it raises is a bug.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Collection, Iterable, Sequence
from types import TracebackType
from typing import Protocol, Self

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Decision
from rateguard.domain.events import Event
from rateguard.domain.notice import Delivery, Notice, SentMessage
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.value import value


class Clock(Protocol):
    """
    Tells the time.
    """

    def now(self) -> dt.datetime:
        """
        Return the current time, aware and in UTC.
        """


class CounterRepository(Protocol):
    """
    The counters of all senders, inside one unit of work.
    """

    def lock(
        self, senders: Collection[str], *, default: QuotaPolicy, at: dt.datetime
    ) -> dict[str, SenderCounter]:
        """
        Return the counter of every sender and hold all of them until the unit
        ends: nobody else, in whatever thread, process or host, can lock or
        change them before. Has to be the first thing a unit does.

        Senders without a counter get one with the policy *default*, created
        at *at*; it is gone again if the unit is not committed. Locking in one
        fixed order is the store's business.

        Raises:
            StoreConflict: somebody else holds them for too long.
        """

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        """
        Keep what was charged to these counters, changed at *at*. All of them
        were locked in this unit. The policy is never written: it belongs to
        the operator.
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


class Outbox(Protocol):
    """
    Events on their way to notifiers, inside one unit of work.
    """

    def add(self, events: Sequence[Event]) -> None:
        """
        Keep these events for every notifier that the store was told of,
        each to be delivered at once. They exist when the unit is committed
        and only then.
        """

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        """
        Take up to *limit* deliveries that are due, those with the fewest
        attempts first, and count an attempt of each. Nobody else gets them
        before *lease* is over. Their ``due_at`` is the end of the lease.
        """

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        """
        Record that the notifier has it. Done again, it changes nothing.
        """

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        """
        Record that an attempt failed, and when the next is due; None gives it
        up. Does nothing if its lease ended and somebody else has it now.
        """

    def release(self, deliveries: Iterable[Delivery], *, now: dt.datetime) -> None:
        """
        Give back what was claimed and not attempted: it is due at once, the
        attempt is not counted.
        """

    def next_due(self, notifier: str) -> dt.datetime | None:
        """
        Return when the next delivery is due, aware UTC; None if none waits.
        """

    def unfinished(self, *, limit: int) -> list[Delivery]:
        """
        Return deliveries that wait or were given up, newest first.
        """

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """
        Make these due at once, given up ones too, with three days before
        them; None means all.

        Returns:
            How many there were.
        """

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """
        Delete up to *limit* deliveries that were delivered or given up before
        *before*.

        Returns:
            How many were deleted; fewer than *limit* means none are left.
        """


class Notifier(Protocol):
    """
    Tells somebody. May be called by several threads at once.
    """

    @property
    def name(self) -> str:
        """
        Short, stable, unique among the notifiers; up to 64 characters. What
        waits in the outbox is found by it.
        """

    def deliver(self, notice: Notice) -> None:
        """
        Hand a notice over; return once the receiver has it. Comes back within
        :data:`ATTEMPT_SECONDS`, one way or the other. Called again for the
        same event when it failed, or when nobody knows whether it did.

        Raises:
            DeliveryFailed: try again later.
        """


ATTEMPT_SECONDS = 10.0
"""How long a notifier may take for one attempt, all in all."""


class UnitOfWork(Protocol):
    """
    One transaction: a context manager that rolls back unless
    :meth:`commit` was called.

    Used by one thread, once. Entering it may raise ``StoreUnavailable``.
    """

    @property
    def counters(self) -> CounterRepository:
        """
        All counters.
        """

    @property
    def messages(self) -> MessageLog:
        """
        The log of judged messages.
        """

    @property
    def resets(self) -> ResetLedger:
        """
        The resets that were begun.
        """

    @property
    def outbox(self) -> Outbox:
        """
        Events on their way to notifiers.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def commit(self) -> None:
        """
        Make everything done in this unit durable, all or nothing. When it
        returns, a power cut no longer undoes it (as far as the store was
        told to be durable).

        Raises:
            StoreConflict: nothing was kept.
            StoreUnavailable: whether it was kept is unknown.
        """


Units = Callable[[], UnitOfWork]
"""Makes a fresh unit of work; callable from every thread."""


class Observer(Protocol):
    """
    Is told what was decided. Never raises, never blocks.
    """

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """
        Take note of one batch; decision i belongs to submission i.
        """
