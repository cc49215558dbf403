"""
Time, and who takes note.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from typing import Protocol

from rateguard.domain.decision import Decision
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
