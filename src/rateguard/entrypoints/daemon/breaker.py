"""
Whether it makes sense to ask the store.
"""

from __future__ import annotations


class Breaker:
    """
    Closed while the store works. Once it failed, one attempt a second is let
    through, and never a second one while the first is still under way: whoever
    is not let through fails open at once instead of waiting for a deadline.

    For one lane, used by the event loop only. Times are seconds of its clock.
    """

    __slots__ = ("_interval", "_next_attempt", "_trying", "is_open")

    def __init__(self, interval: float = 1.0) -> None:
        self._interval = interval
        self._next_attempt = 0.0
        self._trying = False
        self.is_open = False

    def admits(self, now: float) -> bool:
        """
        Whether a request may go to the store.
        """
        if not self.is_open:
            return True
        if self._trying or now < self._next_attempt:
            return False
        self._trying = True
        return True

    def failed(self, now: float) -> None:
        """
        The store answered that it cannot.
        """
        self.is_open = True
        self._trying = False
        self._next_attempt = now + self._interval

    def overdue(self) -> None:
        """
        The store has not answered in time; its answer may still come, and
        until then there is no use in asking more.
        """
        self.is_open = True
        self._trying = True

    def succeeded(self) -> None:
        """
        The store works.
        """
        self.is_open = False
        self._trying = False
