"""Say it once, not a thousand times."""

from __future__ import annotations

from collections.abc import Hashable


class Throttle:
    """
    Lets the first occurrence of a kind through, then one per period.

    Times are seconds of any one clock.
    """

    _MOST_KINDS = 1000

    def __init__(self, period: float = 60.0) -> None:
        self._period = period
        self._seen: dict[Hashable, tuple[float, int]] = {}

    def admit(self, kind: Hashable, now: float) -> int | None:
        """
        Return how many of this kind were held back since the last one that
        was let through, or None to hold this one back.
        """
        since, held_back = self._seen.get(kind, (None, 0))
        if since is not None and now - since < self._period:
            self._seen[kind] = (since, held_back + 1)
            return None
        if len(self._seen) >= self._MOST_KINDS:
            self._seen.clear()
        self._seen[kind] = (now, 0)
        return held_back
