"""
What the domain needs of the world, in its own words: a store, somebody to tell, a
clock, and those who watch.

Times are aware UTC. What goes wrong outside of us, a store raises as a ``StoreError``;
anything else that is not named is a bug. What a repository does belongs to the unit
of work that it was taken from: others see all of it once that is committed, or nothing.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Decision
from rateguard.domain.events import Alert, Delivery, Event, SentMessage
from rateguard.domain.orders import Change
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import (
    Client,
    CommonQuota,
    LoggedMessage,
    MessageQuery,
    Seen,
    SenderEntry,
    SenderQuery,
    Totals,
    Traffic,
)
from rateguard.domain.submission import Submission
from rateguard.domain.value import value


__all__ = [
    "ATTEMPT_SECONDS",
    "Clock",
    "CounterRepository",
    "Database",
    "History",
    "MessageLog",
    "MessageRecord",
    "Meter",
    "Notifier",
    "Observer",
    "Outbox",
    "Reports",
    "ResetLedger",
    "ResetRun",
    "Schema",
    "Survey",
    "UnitOfWork",
    "Units",
]


# The store.


class UnitOfWork(Protocol):
    """
    One transaction: a context manager that rolls back unless
    :meth:`commit` was called.

    Used by one thread, once. Entering it may raise ``StoreUnavailable``.
    """

    @property
    def counters(self) -> CounterRepository: ...

    @property
    def messages(self) -> MessageLog: ...

    @property
    def resets(self) -> ResetLedger: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def history(self) -> History: ...

    @property
    def reports(self) -> Reports: ...

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


class CounterRepository(Protocol):
    """The counters of all senders."""

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
        """As :meth:`lock`, of those that there are."""

    def set_policies(self, counters: Iterable[SenderCounter]) -> None:
        """
        Keep the policies of these counters, and nothing else of them. All of
        them were locked in this unit.
        """

    def remove(self, senders: Collection[str], *, let_go: int) -> None:
        """
        Forget these senders. Their messages stay, and are nobody's; those up
        to position *let_go* are so already, see ``MessageLog.let_go``; none up
        to 0. All of them were locked in this unit.
        """

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """
        Reset the next *limit* counters behind position *after* (0 is before
        the first). Totals and the time of the last change stay as they are.

        Returns:
            The position reached, or None when there was none left to reset.
        """


@value
class MessageRecord:
    """One judged message, for the message log."""

    submission: Submission
    decision: Decision
    at: dt.datetime


class MessageLog(Protocol):
    """Every message that was judged."""

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
        position: Counters up to here are done, see ``reset_chunk``.
        finished_at: None while unfinished.
    """

    id: int
    started_at: dt.datetime
    position: int
    finished_at: dt.datetime | None = None


class ResetLedger(Protocol):
    """The resets that were begun."""

    def latest(self) -> ResetRun | None: ...

    def begin(self, at: dt.datetime) -> ResetRun: ...

    def advance(self, run: ResetRun) -> None:
        """Record the position and the end of a run that was begun before."""


class Outbox(Protocol):
    """Events on their way to notifiers, each of which gets them at least once."""

    def add(self, events: Sequence[Event]) -> None:
        """
        Keep these events for every notifier that the store was told of,
        each to be delivered at once.
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
        """Record that the notifier has it. Done again, it changes nothing."""

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

    def next_due(self, notifier: str) -> dt.datetime | None:
        """Return when the next delivery is due; None if none waits."""

    def waiting(self) -> dict[str, int]:
        """Return how many deliveries wait for each notifier that any waits for."""

    def unfinished(self, *, limit: int) -> list[Delivery]:
        """Return deliveries that wait or were given up, newest first."""

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        """
        Make these due at once, given up ones too, with three days before
        them; None means all. One that is being attempted meanwhile may come
        twice.

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


class History(Protocol):
    """What operators did."""

    def add(self, changes: Sequence[Change]) -> None:
        """Keep these. Texts too long for the store are cut, never refused."""

    def find(self, *, sender: str, limit: int) -> list[Change]:
        """Return changes, newest first: of one sender, or of all, ``""``."""


class Reports(Protocol):
    """
    Looks at everything, changes nothing. Best in a reading unit, which makes
    nobody wait.
    """

    def senders(self, query: SenderQuery, *, at: dt.datetime) -> list[SenderEntry]:
        """
        Return one page of senders; over quota is who is so by the quota in
        force at *at*.

        Raises:
            UnknownSender: the page is to begin after a sender that is not there;
                only where its place does not follow from its name.
        """

    def count(self, query: SenderQuery, *, at: dt.datetime) -> int:
        """Return how many senders there are of that query, on all its pages."""

    def sender(self, sender: str) -> SenderEntry | None: ...

    def totals(self, *, at: dt.datetime, quota: int = 0) -> Totals:
        """Count the senders, and those of this *quota*."""

    def common_quota(self) -> CommonQuota | None:
        """Return the most frequent quota, the smallest of equals; None of nobody."""

    def messages(self, query: MessageQuery) -> list[LoggedMessage]:
        """Return messages, newest first."""

    def clients(self, sender: str, *, since: dt.datetime, limit: int) -> list[Client]:
        """Return where a sender sends from, the busiest first."""

    def blocked(self, *, since: dt.datetime, limit: int) -> list[tuple[str, Traffic]]:
        """
        Return the senders with the most messages that were not admitted, and
        how many; their traffic counts nothing else.
        """

    def senders_at(
        self, addresses: Collection[str], *, since: dt.datetime, limit: int
    ) -> list[tuple[str, Traffic]]:
        """Return who sent from these client addresses, the busiest first."""

    def traffic(self, times: Sequence[dt.datetime]) -> list[Traffic]:
        """
        Return what was asked from each of these times until before the next; one less
        than there are times, which are in order.
        """


@attrs.frozen
class Survey:
    """
    What is kept, seen from above.

    Attributes:
        senders: How many there are.
        waiting: Alerts that wait, by the notifier; none of it, if none does.
        last_reset: The reset begun last; None if there never was one.
    """

    senders: Totals
    waiting: Mapping[str, int]
    last_reset: ResetRun | None = None


# The database around it.


class Database(Protocol):
    """
    A database as a whole: what commands and the daemon are handed. Each connects
    at its first use; ask from one thread before there are several.
    """

    @property
    def schema(self) -> Schema:
        """What brings its tables up."""

    def exists(self) -> bool:
        """Whether there is one to connect to; False where asking would make it."""

    def unit(self, notifiers: Sequence[str] = ()) -> UnitOfWork:
        """Return a unit of work; those named are told of its events."""

    def reading_unit(self) -> UnitOfWork:
        """Return a unit that only reads and makes nobody wait."""

    def looking_unit(self) -> UnitOfWork:
        """Return the same for operators, who may wait a minute for an answer."""

    def seen(self) -> Seen:
        """
        Return what it shows from outside, on a connection of its own.

        Raises:
            StoreUnavailable: it cannot be asked.
        """

    def close(self) -> None: ...


class Schema(Protocol):
    """The tables of a database, brought up where they are behind."""

    def pending(self) -> Sequence[str]:
        """
        Return the ids of the migrations that the database lacks, in order.
        Changes nothing.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """

    def apply(self) -> Sequence[str]:
        """
        Apply what is pending; return its ids.

        Raises:
            SchemaLocked: somebody else is at it, or at one of the tables.
            StoreUnavailable: the database cannot be changed.
        """

    def break_lock(self) -> None:
        """Remove the lock that a killed run left behind."""


# Who is told.

ATTEMPT_SECONDS = 30.0
"""How long a notifier may take for one attempt, all in all."""


class Notifier(Protocol):
    """Tells somebody. May be called by several threads at once."""

    @property
    def name(self) -> str:
        """
        Short, stable, unique among the notifiers; up to 64 characters. What
        waits in the outbox is found by it.
        """

    def deliver(self, alert: Alert) -> None:
        """
        Hand an alert over; return once the receiver has it. What takes longer
        than :data:`ATTEMPT_SECONDS` counts as failed, whatever becomes of it,
        and others are begun beside it. Called again for the same event when it
        failed, or when nobody knows whether it did.

        Raises:
            DeliveryFailed: try again later.
        """


# Time, and who watches.


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime: ...


class Observer(Protocol):
    """
    Is told what was decided, or let pass undecided, once the replies are
    given. Never blocks.
    """

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """Take note of one batch; decision i belongs to submission i."""


class Meter(Protocol):
    """Counts what happens, and how long it takes. Never blocks."""

    def answered(self, decisions: Sequence[Decision], seconds: Sequence[float]) -> None:
        """
        Take note of replies that were given: that with decision i came
        ``seconds[i]`` after its request. Called by one thread only.
        """

    def committed(self, size: int, seconds: float) -> None:
        """
        Take note of a batch of so many requests that was judged, durably, in
        so many seconds. Called by the thread that calls :meth:`answered`.
        """

    def crossed(self, events: Sequence[Event]) -> None:
        """Take note of events that were put into the outbox. From any thread."""
