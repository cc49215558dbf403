"""
Tells the log that mail passes unjudged, and when that is over.
"""

from __future__ import annotations

import logging


_log = logging.getLogger(__name__)


class OutageLog:
    """
    One error when an outage begins, one reminder a minute, one line with the
    damage when it is over.

    Used by the event loop only. Times are seconds of its clock.
    """

    _REMINDER = 60.0

    def __init__(self) -> None:
        self._lanes: set[object] = set()
        self._began = 0.0
        self._said = 0.0
        self._passed = 0

    def down(self, lane: object, now: float, why: str) -> None:
        """
        *lane* cannot judge.
        """
        if not self._lanes:
            self._began = self._said = now
            self._passed = 0
            _log.error("store unavailable, mail passes uncounted: %s", why)
        elif now - self._said >= self._REMINDER:
            self._said = now
            _log.error(
                "store still unavailable after %.0f s, %d requests passed uncounted:"
                " %s",
                now - self._began,
                self._passed,
                why,
            )
        self._lanes.add(lane)

    def passed(self) -> None:
        """
        One request was let pass unjudged.
        """
        self._passed += 1

    def up(self, lane: object, now: float) -> None:
        """
        *lane* judges again.
        """
        if lane not in self._lanes:
            return
        self._lanes.discard(lane)
        if not self._lanes:
            _log.warning(
                "store is back after %.0f s, %d requests passed uncounted",
                now - self._began,
                self._passed,
            )
