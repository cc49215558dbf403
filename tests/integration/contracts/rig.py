"""What the suite needs to see of a store, and to do to it, from outside."""

from __future__ import annotations

import datetime as dt

from typing import Protocol

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Verdict
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


NOON = dt.datetime(2024, 2, 29, 12, 0, 0, tzinfo=dt.UTC)
"""A time in whole seconds: a store need not keep anything finer."""

MOST_RECIPIENTS = 2147483647
"""
So many recipients of one message a store has to keep; of more it may keep
this number, but has to charge all of them.
"""

SENDER = "anna@example.com"

NOTIFIERS = ("webhook", "mail")
"""Who is told of every event: the store has to be given these names."""


@attrs.frozen
class KeptMessage:
    """All that a store has to keep of a judged message."""

    sender: str
    transaction: str
    queue_id: str
    recipients: int
    verdict: Verdict
    from_address: str
    to_address: str
    client_address: str
    client_name: str
    at: dt.datetime

    @classmethod
    def of(
        cls, submission: Submission, verdict: Verdict, at: dt.datetime
    ) -> KeptMessage:
        """Return what has to be kept of a submission."""
        return cls(
            submission.sender,
            submission.transaction,
            submission.queue_id,
            min(submission.recipients, MOST_RECIPIENTS),
            verdict,
            submission.from_address,
            submission.to_address,
            submission.client_address,
            submission.client_name,
            at,
        )


class StoreRig(Protocol):
    """
    A store that is empty when the test begins.

    All but *units* goes past the store's own units of work, on a way of its
    own, and sees only what was committed.
    """

    def units(self) -> UnitOfWork:
        """Return a fresh unit of work."""

    def counters(self) -> dict[str, SenderCounter]:
        """Return the counter of every sender."""

    def changed_at(self, sender: str) -> dt.datetime | None:
        """
        Return when a sender's counter was last changed; None where the store
        does not keep it.
        """

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        """Give a sender another policy, as an operator does."""

    def messages(self) -> list[KeptMessage]:
        """Return all messages, in the order in which they were added."""

    def clear(self) -> None:
        """Forget everything."""

    def checked_out(self) -> int:
        """Return how many connections are in the hands of units of work."""


class ServerRig(StoreRig, Protocol):
    """A store behind connections that can break."""

    def kill_connections(self) -> int:
        """
        Break every connection of the store; return how many there were, when
        they are gone.
        """


@attrs.define
class HandClock:
    """A clock that stands still until it is set."""

    time: dt.datetime = NOON

    def now(self) -> dt.datetime:
        """Return the time that was set."""
        return self.time

    def pass_by(self, **duration: float) -> None:
        """Let hours, minutes or what is named pass."""
        self.time += dt.timedelta(**duration)
