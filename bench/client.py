"""The client process of a run."""

from __future__ import annotations

import functools
import gc
import itertools
import random
import select
import socket
import struct
import time

from array import array
from typing import TYPE_CHECKING

import attrs

from bench.dialogue import Dialogue
from bench.loops import send_at_once, send_at_pace


if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from bench.loops import Ready
    from bench.plan import Address, Load
    from bench.traffic import Traffic

# Requests that are kept ready, about 170 MB; those after them are made when they
# are sent, at 3 us each.
_PREBUILT = 250_000

_NANOSECONDS = 1_000_000_000


@attrs.frozen(kw_only=True)
class Share:
    """
    What the client saw.

    Attributes:
        began_ns: The machine's monotonic clock before the first request.
        ended_ns: The same after the last reply.
        latencies_ns: One for each whole reply.
        right: Expected replies, and how often each came.
        wrong: Other whole replies, and how often each came.
        errors: Wrong replies and failed connections.
        first_error: What the first of them was, or empty.
    """

    began_ns: int
    ended_ns: int
    latencies_ns: array[int]
    right: dict[bytes, int]
    wrong: dict[bytes, int]
    errors: int
    first_error: str


def work(load: Load, traffic: Traffic, parent: Connection) -> None:
    """Get ready, say so, wait for the word, send, hand in the share."""
    # Nothing here makes cycles, and a collection would show as latency.
    gc.disable()
    dialogue = _open(load, traffic)
    send = _sending(load, dialogue)
    parent.send("ready")
    parent.recv()
    began = time.perf_counter_ns()
    latencies = send(until_ns=began + int(load.seconds * _NANOSECONDS))
    ended = time.perf_counter_ns()
    parent.send(
        Share(
            began_ns=began,
            ended_ns=ended,
            latencies_ns=array("Q", latencies),
            right=dialogue.right,
            wrong=dict(dialogue.wrong),
            errors=dialogue.errors,
            first_error=dialogue.first_error,
        ),
    )


def _open(load: Load, traffic: Traffic) -> Dialogue:
    """Connect, and prepare the requests."""
    dialogue = Dialogue(load.expected)
    for number in range(load.connections):
        endless = traffic.messages(number)
        prebuilt = list(itertools.islice(endless, _PREBUILT // load.connections))
        requests = itertools.chain(prebuilt, endless)
        dialogue.add(_dial(load.address), requests.__next__)
    return dialogue


def _dial(address: Address) -> socket.socket:
    """
    A connected, blocking socket.

    Raises:
        OSError: Nobody listens there.
    """
    if isinstance(address, str):
        local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            local.connect(address)
        except OSError:
            local.close()
            raise
        return local
    remote = socket.create_connection(address)
    remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return remote


def _sending(load: Load, dialogue: Dialogue) -> Callable[..., list[int]]:
    """The loop that suits, lacking only its `until_ns`."""
    if load.pace is not None:
        return functools.partial(
            send_at_pace,
            dialogue,
            _watched(dialogue),
            # A Poisson process: mails know nothing of each other.
            gap=functools.partial(
                random.Random(load.seed).expovariate, load.pace / _NANOSECONDS
            ),
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
