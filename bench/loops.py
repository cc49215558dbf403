"""
The two ways to send: the next request at once (a closed loop), or when one is due
(an open one).

Written for the least time per request, since on a small machine the client
runs on the processors of the service it measures: one clock reading ends a
request and begins the next, and a reply that was seen before costs one look-up.
What remains is the kernel's. Without clock, check and record the loop is no
faster; an edge-triggered epoll or a socket's own methods make no difference
that several dozen runs could show; a thread per connection costs four times as
much.

A request is far shorter than a socket's buffer, which is empty when it is the
client's turn, so `write` takes all of it.
"""

from __future__ import annotations

import collections
import os
import select
import sys
import time

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias


if TYPE_CHECKING:
    from bench.dialogue import Dialogue

Ready: TypeAlias = Sequence[tuple[int, int]]
"""Descriptors that may be read, each with epoll's event mask."""

# More than Postfix takes of a reply.
_REPLY_BYTES = 4096

_NANOSECONDS = 1_000_000_000

_NO_REPLY = "no reply within the time given"


def send_at_once(
    dialogue: Dialogue,
    wait: Callable[[], Ready],
    *,
    until_ns: int,
) -> list[int]:
    """
    Keep one request in flight on every connection until there are no more.

    Args:
        dialogue: Connections and requests; counts the replies.
        wait: Tells who may be read; nobody means that patience is over.
        until_ns: Of the monotonic clock; from then on nothing is sent.

    Returns:
        Nanoseconds from before each request was sent until after its reply
        was read. They add up to the time of the run on each connection.
    """
    clock, read, write = time.perf_counter_ns, os.read, os.write
    right, next_request = dialogue.right, dialogue.next_request
    latencies: list[int] = []
    record = latencies.append
    sent = _send_first(dialogue)
    now = 0
    while dialogue.sockets:
        ready = wait()
        if not ready:
            dialogue.lose_all(_NO_REPLY)
        for fd, _ in ready:
            try:
                reply = read(fd, _REPLY_BYTES)
                if reply in right:
                    right[reply] += 1
                elif not dialogue.take(fd, reply):
                    continue
                now = clock()
                record(now - sent[fd])
                sent[fd] = now
                write(fd, next_request[fd]())
            except StopIteration:
                dialogue.finish(fd)
            except BlockingIOError:
                dialogue.lose(fd, _NO_REPLY)
            except OSError as error:
                dialogue.lose(fd, error)
        if now >= until_ns:
            dialogue.stop()
            until_ns = sys.maxsize
    return latencies


def send_at_pace(
    dialogue: Dialogue,
    poller: select.epoll,
    *,
    gap: Callable[[], float],
    until_ns: int,
    patience: float,
) -> list[int]:
    """
    Send a request each time one is due, on a connection that is idle.

    A request that finds none idle is sent, late, as soon as one is, so what a
    pause of the service held up comes in a burst after it.

    Args:
        dialogue: Connections and requests; counts the replies.
        poller: Watches the connections.
        gap: Draws the nanoseconds from one request to the next.
        until_ns: Of the monotonic clock; what is due later is not sent.
        patience: Seconds to wait for a reply when all connections need one.

    Returns:
        Nanoseconds from when each request was due until after its reply was
        read, so that a pause of the service shows on all it held up.
    """
    latencies: list[int] = []
    idle = collections.deque(dialogue.sockets)
    due_of: dict[int, int] = {}
    due = time.perf_counter_ns()
    while dialogue.sockets:
        now = time.perf_counter_ns()
        while idle and due <= now and due < until_ns:
            fd = idle.popleft()
            if _send(dialogue, fd):
                due_of[fd] = due
                due += int(gap())
        if due >= until_ns:
            while idle:
                dialogue.finish(idle.popleft())
        pause = max(0, due - now) / _NANOSECONDS if idle else patience
        ready = _ready_within(poller, pause) if dialogue.sockets else ()
        if not ready and not idle:
            dialogue.lose_all(_NO_REPLY)
        for fd, _ in ready:
            if fd not in due_of:
                dialogue.lose(fd, "closed, or spoke unasked")
                idle.remove(fd)
            elif _answered(dialogue, fd):
                latencies.append(time.perf_counter_ns() - due_of.pop(fd))
                idle.append(fd)
    return latencies


def _send_first(dialogue: Dialogue) -> dict[int, int]:
    """Send on every connection, and tell when that was."""
    sent: dict[int, int] = {}
    for fd in tuple(dialogue.sockets):
        sent[fd] = time.perf_counter_ns()
        _send(dialogue, fd)
    return sent


def _send(dialogue: Dialogue, fd: int) -> bool:
    """Send the next request, or end the connection if there is none."""
    try:
        os.write(fd, dialogue.next_request[fd]())
    except StopIteration:
        dialogue.finish(fd)
    except OSError as error:
        dialogue.lose(fd, error)
    else:
        return True
    return False


def _answered(dialogue: Dialogue, fd: int) -> bool:
    """Read what is there, and tell whether it completes a reply."""
    try:
        return dialogue.take(fd, os.read(fd, _REPLY_BYTES))
    except OSError as error:
        dialogue.lose(fd, error)
        return False


def _ready_within(poller: select.epoll, seconds: float) -> Ready:
    """As `poller.poll`, which rounds up to milliseconds; this does not."""
    select.select([poller], [], [], seconds)
    return poller.poll(0)
