"""
How often something took how long.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate


SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what a mail client waits for."""

REQUESTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Bounds for sizes of batches."""


class Histogram:
    """
    Counts values by upper bounds. Written by one thread, read by any. Without
    the lock and the objects of prometheus_client's, it costs a tenth.
    """

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, values: Sequence[float]) -> None:
        """
        Count these.
        """
        bounds, counts = self._bounds, self._counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self._sum += sum(values)

    @property
    def sum(self) -> float:
        """
        All values together.
        """
        return self._sum

    def buckets(self) -> list[tuple[str, float]]:
        """
        Return each bound, as Prometheus writes it, with how many values were
        not above it.
        """
        bounds = [*map(str, self._bounds), "+Inf"]
        return list(zip(bounds, accumulate(self._counts.copy()), strict=True))
