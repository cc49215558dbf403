"""
Run a load against a policy service that is already listening.

The clients are processes of their own, started fresh, so the program that
calls `run` needs the usual ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time

from typing import TYPE_CHECKING

from bench.client import Share, work
from bench.plan import DUNNO, Load, dunno_or_defer
from bench.report import LoadReport, summarise
from bench.traffic import Traffic


if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

__all__ = [
    "DUNNO",
    "ClientFailed",
    "Load",
    "LoadReport",
    "cpu_seconds",
    "dunno_or_defer",
    "run",
]

# Linux makes the clock of a process's CPU time from its id and this
# (CPUCLOCK_SCHED, see clock_getcpuclockid(3)).
_CPU_CLOCK = 2


class ClientFailed(Exception):
    """A client process ended before its work was done; it printed why."""


def run(load: Load) -> LoadReport:
    """
    Start the clients, let them all begin at once, and gather what they saw.

    Raises:
        ClientFailed: A client could not connect, or broke.
    """
    traffic = Traffic(
        senders=load.senders,
        recipients=load.recipients,
        seed=load.seed,
        epoch_us=time.time_ns() // 1000,
    )
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(_client(load, traffic, process))
            for process in range(load.processes)
        ]
        for client in clients:
            _heard_from(client)
        for client in clients:
            client.send("begin")
        shares = [_heard_from(client) for client in clients]
    return summarise([share for share in shares if isinstance(share, Share)])


def cpu_seconds(pid: int) -> float:
    """
    Processor time that a running process has used, all its threads together.

    Raises:
        OSError: There is no such process.
    """
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


@contextlib.contextmanager
def _client(load: Load, traffic: Traffic, process: int) -> Iterator[Connection]:
    """Start a client; it ends with the block at the latest."""
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    client = fresh.Process(target=work, args=(load, traffic, process, theirs))
    client.start()
    # Only the client holds it now, so that its end is an end of file here.
    theirs.close()
    try:
        yield ours
        client.join()
    finally:
        client.kill()
        client.join()
        ours.close()


def _heard_from(client: Connection) -> object:
    try:
        return client.recv()
    except EOFError as error:
        msg = "a client process ended early; see its traceback above"
        raise ClientFailed(msg) from error
