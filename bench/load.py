"""
Run a load against a policy service that is already listening, and report what
the client saw.

The client is a process of its own, started fresh, so the program that calls
`run` needs the usual ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import collections
import contextlib
import math
import multiprocessing
import time

from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection

import attrs

from bench.client import Share, work
from bench.plan import Load
from bench.traffic import Traffic


# Linux makes the clock of a process's CPU time from its id and this
# (CPUCLOCK_SCHED, see clock_getcpuclockid(3)).
_CPU_CLOCK = 2

_MALFORMED = "malformed"


class ClientFailed(Exception):
    """The client ended before its work was done; it printed why."""


@attrs.frozen(kw_only=True)
class LoadReport:
    """
    The figures of a run.

    Attributes:
        requests: Whole replies, right or wrong.
        requests_per_second: From before the first request until after the last
            reply.
        p50_ms: Half of all latencies are not above this; the like for the
            others. Zero if nothing was answered.
        replies: How many there were of each action, in capitals;
            ``malformed`` counts those without one.
        errors: Wrong replies and failed connections.
        first_error: What one of them was, or empty.
    """

    requests: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    replies: Mapping[str, int]
    errors: int
    first_error: str


def run(load: Load) -> LoadReport:
    """
    Send a load.

    Raises:
        ClientFailed: The client could not connect, or broke.
    """
    with client(load, work) as connection:
        share = heard_from(connection)
    assert isinstance(share, Share)  # noqa: S101 - for mypy
    return report_of(share)


@contextlib.contextmanager
def client(
    load: Load, target: Callable[[Load, Traffic, Connection], None]
) -> Iterator[Connection]:
    """
    Start a client and let it begin; yield where it hands in its share. It ends
    with the block at the latest.
    """
    traffic = Traffic(
        senders=load.senders, seed=load.seed, epoch_us=time.time_ns() // 1000
    )
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    process = fresh.Process(target=target, args=(load, traffic, theirs))
    process.start()
    # Only the client holds it now, so that its end is an end of file here.
    theirs.close()
    try:
        heard_from(ours)
        ours.send("begin")
        yield ours
        process.join()
    finally:
        process.kill()
        process.join()
        ours.close()


def heard_from(connection: Connection) -> object:
    """
    Return what the client says next.

    Raises:
        ClientFailed: It ended instead.
    """
    try:
        return connection.recv()
    except EOFError as error:
        msg = "the client ended early; see its traceback above"
        raise ClientFailed(msg) from error


def cpu_seconds(pid: int) -> float:
    """
    Processor time that a running process has used, all its threads together.

    Raises:
        OSError: There is no such process.
    """
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def report_of(share: Share) -> LoadReport:
    """Make figures of what a client saw."""
    ascending = sorted(share.latencies_ns)
    replies: collections.Counter[str] = collections.Counter()
    for counts in (share.right, share.wrong):
        for reply, count in counts.items():
            replies[_action_of(reply)] += count
    return LoadReport(
        requests=len(ascending),
        requests_per_second=len(ascending) * 1e9 / (share.ended_ns - share.began_ns),
        p50_ms=_percentile_ms(ascending, 0.5),
        p99_ms=_percentile_ms(ascending, 0.99),
        p999_ms=_percentile_ms(ascending, 0.999),
        max_ms=_percentile_ms(ascending, 1),
        replies=dict(replies),
        errors=share.errors,
        first_error=share.first_error,
    )


def _percentile_ms(ascending_ns: Sequence[int], part: float) -> float:
    """The smallest value, in ms, that is not exceeded by this part of all."""
    if not ascending_ns:
        return 0.0
    return ascending_ns[math.ceil(part * len(ascending_ns)) - 1] / 1e6


def _action_of(reply: bytes) -> str:
    """The first word after ``action=``, in capitals."""
    name, _, text = reply.partition(b"=")
    words = text.split(maxsplit=1)
    if name != b"action" or not words:
        return _MALFORMED
    return words[0].decode("ascii", "backslashreplace").upper()
