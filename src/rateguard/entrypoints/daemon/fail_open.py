"""Whether it makes sense to ask the store."""

from __future__ import annotations

import logging


_MINUTE = 60.0

_UNAVAILABLE = "database unavailable, mail passes uncounted"

_log = logging.getLogger(__name__)


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
        """Whether a request may go to the store."""
        if not self.is_open:
            return True
        if self._trying or now < self._next_attempt:
            return False
        self._trying = True
        return True

    def failed(self, now: float) -> None:
        """The store answered that it cannot."""
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
        self.is_open = False
        self._trying = False


class OutageLog:
    """
    One error when an outage begins and one for every further cause, one
    reminder a minute, one line with the damage when it is over. Of a store
    that comes and goes all the time, a few lines a minute.

    Used by the event loop only. Times are seconds of its clock.
    """

    _REMINDER = 60.0
    _LINES_A_MINUTE = 10
    _MOST_CAUSES = 5

    def __init__(self) -> None:
        self._lanes: set[object] = set()
        self._causes: set[str] = set()
        self._began = 0.0
        self._said = 0.0
        self._passed = 0
        self._untold = 0
        self._minute = 0.0
        self._lines = 0

    def down(self, lane: object, now: float, why: str) -> None:
        """*lane* cannot judge."""
        if not self._lanes:
            self._began = self._said = now
            self._passed = self._untold
            self._causes = {why}
            self._say(now, logging.ERROR, f"{_UNAVAILABLE}: {why}")
        elif why not in self._causes and len(self._causes) < self._MOST_CAUSES:
            self._causes.add(why)
            self._say(now, logging.ERROR, f"{_UNAVAILABLE}, also: {why}")
        elif now - self._said >= self._REMINDER:
            self._said = now
            self._say(
                now,
                logging.ERROR,
                f"database still unavailable after {now - self._began:.0f} s,"
                f" {self._passed} requests passed uncounted: {why}",
            )
        self._lanes.add(lane)

    def passed(self) -> None:
        """One request was let pass unjudged."""
        self._passed += 1

    def up(self, lane: object, now: float) -> None:
        """*lane* judges again."""
        if lane not in self._lanes:
            return
        self._lanes.discard(lane)
        if not self._lanes:
            said = self._say(
                now,
                logging.WARNING,
                f"database is back after {now - self._began:.0f} s,"
                f" {self._passed} requests passed uncounted",
            )
            self._untold = 0 if said else self._passed

    def _say(self, now: float, level: int, line: str) -> bool:
        """Log a line, unless there were many; whether it was logged."""
        if now - self._minute >= _MINUTE:
            self._minute = now
            self._lines = 0
        self._lines += 1
        if self._lines > self._LINES_A_MINUTE:
            return False
        _log.log(level, "%s", line)
        return True
