"""What was asked, and how it was answered."""

from __future__ import annotations

import threading
import time

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.events import EVENTS, Event, NotificationTest


SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what a mail client waits for."""

REQUESTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Bounds for sizes of batches."""


class Histogram:
    """
    Counts values by upper bounds. Written by one thread, read by any. Without
    the lock and the objects of prometheus_client's, it costs a tenth.
    """

    __slots__ = ("_bounds", "_counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, values: Sequence[float]) -> None:
        bounds, counts = self._bounds, self._counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self.sum += sum(values)

    def buckets(self) -> list[tuple[str, float]]:
        """
        Return each bound, as Prometheus writes it, with how many values were
        not above it.
        """
        bounds = [*map(str, self._bounds), "+Inf"]
        return list(zip(bounds, accumulate(self._counts.copy()), strict=True))


NEWS_SECONDS = 60.0
"""
How long a failure of the store is news. If nobody has asked since, nobody
knows whether it is back.
"""

# The most frequent one is the first.
_REASONS = tuple(Reason)
_FAULTS = tuple(each for each in Reason if Decision.fail_open(each).failed_open)
_CROSSINGS = tuple(kind for kind in EVENTS if kind != NotificationTest.kind)
_STORE_FAILED = (Reason.STORE_UNAVAILABLE, Reason.DEADLINE_PASSED)


class Tally:
    """
    Implements ``Meter``, with plain numbers that any thread may read.

    Args:
        clock: Seconds that never go backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed_at: float | None = None
        self._crossing = threading.Lock()
        self.reasons = dict.fromkeys(_REASONS, 0)
        self.crossings = dict.fromkeys(_CROSSINGS, 0)
        self.latency = Histogram(SECONDS)
        self.commits = Histogram(SECONDS)
        self.batches = Histogram(REQUESTS)

    def answered(self, decisions: Sequence[Decision], seconds: Sequence[float]) -> None:
        self.latency.observe(seconds)
        reasons = [decision.reason for decision in decisions]
        left = len(reasons)
        for reason in _REASONS:
            # Compared by identity, in C.
            count = reasons.count(reason)
            if count:
                self.reasons[reason] += count
                if reason in _STORE_FAILED:
                    self._failed_at = self._clock()
                left -= count
                if not left:
                    return

    def committed(self, size: int, seconds: float) -> None:
        self._failed_at = None
        self.batches.observe((size,))
        self.commits.observe((seconds,))

    def crossed(self, events: Sequence[Event]) -> None:
        """Count events; a test is none."""
        with self._crossing:
            for event in events:
                if event.kind in self.crossings:
                    self.crossings[event.kind] += 1

    def results(self) -> Mapping[str, int]:
        reasons = self.reasons.copy()
        accepted = reasons.pop(Reason.WITHIN_QUOTA)
        failed_open = sum(reasons.pop(fault) for fault in _FAULTS)
        return {
            "accepted": accepted,
            "blocked": sum(reasons.values()),
            "failed_open": failed_open,
        }

    def faults(self) -> Mapping[str, int]:
        """Return how often we failed open, by the reason."""
        return {fault.name.lower(): self.reasons[fault] for fault in _FAULTS}

    def store_judges(self) -> bool:
        """
        Whether nothing speaks against it: no request failed for the store's
        sake in the last minute without one being judged since.
        """
        failed_at = self._failed_at
        return failed_at is None or self._clock() - failed_at > NEWS_SECONDS
