"""
Time, and who takes note.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from rateguard.domain.decision import Decision
from rateguard.domain.events import Event
from rateguard.domain.ports.counting import ResetRun
from rateguard.domain.reports import Totals
from rateguard.domain.submission import Submission


class Clock(Protocol):
    """
    Tells the time.
    """

    def now(self) -> dt.datetime:
        """
        Return the current time, aware and in UTC.
        """


class Observer(Protocol):
    """
    Is told what was decided, or let pass undecided, once the replies are
    given. Never blocks.
    """

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """
        Take note of one batch; decision i belongs to submission i.
        """


@attrs.frozen
class Survey:
    """
    What is kept, seen from above.

    Attributes:
        senders: How many there are.

        waiting: Notices that wait, by the notifier; none of it, if none does.

        last_reset: The reset begun last; None if there never was one.
    """

    senders: Totals
    waiting: Mapping[str, int]
    last_reset: ResetRun | None = None


class Meter(Protocol):
    """
    Counts what happens, and how long it takes. Never blocks.
    """

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
        """
        Take note of events that were put into the outbox. From any thread.
        """
