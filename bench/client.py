"""One client process and its part in a run."""

from __future__ import annotations

import functools
import gc
import itertools
import select
import socket
import struct
import sys
import time

from array import array
from typing import TYPE_CHECKING

import attrs

from bench.connections import dial
from bench.dialogue import Dialogue
from bench.loops import send_at_once, send_at_pace


if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from bench.loops import Ready
    from bench.plan import Load
    from bench.traffic import Traffic

# Requests that a process keeps ready where time ends the run, about 170 MB;
# those after them are made when they are sent, at 3 us each.
_PREBUILT = 250_000

_NANOSECONDS = 1_000_000_000


@attrs.frozen(kw_only=True)
class Share:
    """
    What one client process saw.

    Attributes:
        began_ns: The machine's monotonic clock before the first request.
        ended_ns: The same after the last reply.
        cpu_seconds: Processor time of this process in between.
        latencies_ns: One for each whole reply.
        right: Expected replies, and how often each came.
        wrong: Other whole replies, and how often each came.
        errors: Wrong replies and failed connections.
        first_error: What the first of them was, or empty.
    """

    began_ns: int
    ended_ns: int
    cpu_seconds: float
    latencies_ns: array[int]
    right: dict[bytes, int]
    wrong: dict[bytes, int]
    errors: int
    first_error: str


def work(load: Load, traffic: Traffic, process: int, parent: Connection) -> None:
    """Get ready, say so, wait for the word, send, hand in the share."""
    # Nothing here makes cycles, and a collection would show as latency.
    gc.disable()
    dialogue = _open(load, traffic, process)
    send = _sending(load, dialogue)
    parent.send("ready")
    parent.recv()
    cpu, began = time.process_time(), time.perf_counter_ns()
    latencies = send(until_ns=_end(load, began))
    ended, cpu = time.perf_counter_ns(), time.process_time() - cpu
    parent.send(
        Share(
            began_ns=began,
            ended_ns=ended,
            cpu_seconds=cpu,
            latencies_ns=array("Q", latencies),
            right=dialogue.right,
            wrong=dict(dialogue.wrong),
            errors=dialogue.errors,
            first_error=dialogue.first_error,
        ),
    )


def _open(load: Load, traffic: Traffic, process: int) -> Dialogue:
    """Connect, and prepare the requests of this process."""
    dialogue = Dialogue(load.expected)
    numbers = load.connections_of(process)
    for number in numbers:
        endless = traffic.messages(number)
        count = load.requests_of(number)
        if count is None:
            prebuilt = list(itertools.islice(endless, _PREBUILT // len(numbers)))
            requests = itertools.chain(prebuilt, endless)
        else:
            requests = itertools.chain(list(itertools.islice(endless, count)))
        dialogue.add(dial(load.address), requests.__next__)
    return dialogue


def _sending(load: Load, dialogue: Dialogue) -> Callable[..., list[int]]:
    """The loop that suits, lacking only its `until_ns`."""
    if load.pace is not None:
        return functools.partial(
            send_at_pace,
            dialogue,
            _watched(dialogue),
            every_ns=int(_NANOSECONDS * load.processes / load.pace),
            patience=load.patience,
        )
    if len(dialogue.sockets) == 1:
        wait = _reading_waits(dialogue, load.patience)
    else:
        poll = _watched(dialogue).poll
        wait = functools.partial(poll, load.patience, len(dialogue.sockets))
    return functools.partial(send_at_once, dialogue, wait)


def _watched(dialogue: Dialogue) -> select.epoll:
    """An epoll over all connections, which no longer block."""
    poller = select.epoll()
    for fd, connection in dialogue.sockets.items():
        connection.settimeout(0)
        poller.register(fd, select.EPOLLIN)
    return poller


def _reading_waits(dialogue: Dialogue, patience: float) -> Callable[[], Ready]:
    """
    Call a lone connection always ready: its read waits, at most *patience*.

    That saves a third of the system calls of a request.
    """
    ((fd, connection),) = dialogue.sockets.items()
    whole, part = divmod(patience, 1)
    limit = struct.pack("ll", int(whole), int(part * 1_000_000))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    ready = ((fd, select.EPOLLIN),)
    return lambda: ready


def _end(load: Load, began_ns: int) -> int:
    if load.seconds is None:
        return sys.maxsize
    return began_ns + int(load.seconds * _NANOSECONDS)
