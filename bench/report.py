"""What a run found."""

from __future__ import annotations

import collections
import math

from array import array
from typing import TYPE_CHECKING

import attrs


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.client import Share

_MALFORMED = "malformed"


@attrs.frozen(kw_only=True)
class LoadReport:
    """
    The figures of a run, over all client processes.

    Attributes:
        requests: Whole replies, right or wrong.
        wall_seconds: From before the first request until after the last reply.
        requests_per_second: The one divided by the other.
        p50_ms: Half of all latencies are not above this; the like for the
            others. Zero if nothing was answered.
        replies: How many there were of each action, in capitals;
            ``malformed`` counts those without one.
        errors: Wrong replies and failed connections.
        first_error: What one of them was, or empty.
        client_cpu_seconds: Processor time of the clients while they sent.
    """

    requests: int
    wall_seconds: float
    requests_per_second: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    replies: Mapping[str, int]
    errors: int
    first_error: str
    client_cpu_seconds: float

    @property
    def client_cpu_us_per_request(self) -> float:
        """Microseconds of processor time; without replies, infinite."""
        if not self.requests:
            return math.inf
        return self.client_cpu_seconds * 1e6 / self.requests


def summarise(shares: Sequence[Share]) -> LoadReport:
    """Put together what the client processes saw."""
    latencies = array("Q")
    replies: collections.Counter[str] = collections.Counter()
    for share in shares:
        latencies.extend(share.latencies_ns)
        for counts in (share.right, share.wrong):
            for reply, count in counts.items():
                replies[action_of(reply)] += count
    ascending = sorted(latencies)
    began = min(share.began_ns for share in shares)
    wall_seconds = (max(share.ended_ns for share in shares) - began) / 1e9
    return LoadReport(
        requests=len(ascending),
        wall_seconds=wall_seconds,
        requests_per_second=len(ascending) / wall_seconds,
        p50_ms=percentile_ms(ascending, 0.5),
        p90_ms=percentile_ms(ascending, 0.9),
        p99_ms=percentile_ms(ascending, 0.99),
        p999_ms=percentile_ms(ascending, 0.999),
        max_ms=percentile_ms(ascending, 1),
        replies=dict(replies),
        errors=sum(share.errors for share in shares),
        first_error=next((s.first_error for s in shares if s.errors), ""),
        client_cpu_seconds=sum(share.cpu_seconds for share in shares),
    )


def percentile_ms(ascending_ns: Sequence[int], part: float) -> float:
    """The smallest value, in ms, that is not exceeded by this part of all."""
    if not ascending_ns:
        return 0.0
    return ascending_ns[math.ceil(part * len(ascending_ns)) - 1] / 1e6


def action_of(reply: bytes) -> str:
    """The first word after ``action=``, in capitals."""
    name, _, text = reply.partition(b"=")
    words = text.split(maxsplit=1)
    if name != b"action" or not words:
        return _MALFORMED
    return words[0].decode("ascii", "backslashreplace").upper()
