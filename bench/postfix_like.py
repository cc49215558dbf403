"""
Clients that do as Postfix does: keep their connections, have one request in
flight on each, and when a connection turns out closed wait a second, connect
again and ask again, once.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time

from array import array
from collections import Counter
from typing import TYPE_CHECKING

import attrs

from bench.client import Share
from bench.plan import DUNNO


if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from bench.plan import Load
    from bench.traffic import Traffic

RETRY_SECONDS = 1.0
"""Postfix's smtpd_policy_service_retry_delay."""

TRIES = 2
"""Its smtpd_policy_service_try_limit."""

TIMEOUT_SECONDS = 10.0
"""As the README has it."""

_END = b"\n\n"


@attrs.define
class Run:
    """
    What all connections share.

    Attributes:
        retried: Requests that were asked a second time.

        lost: Those for which Postfix would have used ``default_action``.
    """

    load: Load
    began: float
    numbers: Iterator[int] = attrs.Factory(itertools.count)
    latencies: list[int] = attrs.Factory(list)
    replies: Counter[bytes] = attrs.Factory(Counter)
    retried: int = 0
    lost: int = 0

    def next_due(self) -> float | None:
        """Return when the next request is due; None if the run is over then."""
        assert self.load.pace is not None  # noqa: S101 - for mypy
        assert self.load.seconds is not None  # noqa: S101 - for mypy
        offset = next(self.numbers) / self.load.pace
        return self.began + offset if offset < self.load.seconds else None


@attrs.define
class Smtpd:
    """One process of Postfix, with its connection."""

    run: Run
    requests: Iterator[bytes]
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def work(self) -> None:
        """Ask whenever a request is due, until the run is over."""
        await self._connect()
        while (due := self.run.next_due()) is not None:
            await asyncio.sleep(due - time.perf_counter())
            reply = await self._ask(next(self.requests))
            if reply is None:
                self.run.lost += 1
                continue
            self.run.replies[reply] += 1
            # From when it was due, so that a pause shows on all it held up.
            self.run.latencies.append(int((time.perf_counter() - due) * 1e9))
        self._close()

    async def _ask(self, request: bytes) -> bytes | None:
        for attempt in range(1, TRIES + 1):
            reply = await self._try(request)
            if reply is not None or attempt == TRIES:
                return reply
            self.run.retried += 1
            self._close()
            await asyncio.sleep(RETRY_SECONDS)
            await self._connect()
        return None

    async def _try(self, request: bytes) -> bytes | None:
        reader, writer = self._reader, self._writer
        if reader is None or writer is None or reader.at_eof():
            return None
        writer.write(request)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await reader.readuntil(_END)
        except (OSError, EOFError, TimeoutError):
            return None

    async def _connect(self) -> None:
        address = self.run.load.address
        try:
            if isinstance(address, str):
                found = await asyncio.open_unix_connection(address)
            else:
                found = await asyncio.open_connection(*address)
        except OSError:
            return
        self._reader, self._writer = found

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def work(load: Load, traffic: Traffic, parent: Connection) -> None:
    """
    Get ready, say so, wait for the word, send, hand in the share and how many
    were asked a second time: as :func:`bench.client.work`.
    """
    gc.disable()
    parent.send("ready")
    parent.recv()
    began = time.perf_counter()
    run = Run(load, began)
    asyncio.run(_all(run, load, traffic))
    wrong = {reply: n for reply, n in run.replies.items() if reply != DUNNO}
    share = Share(
        began_ns=int(began * 1e9),
        ended_ns=time.perf_counter_ns(),
        latencies_ns=array("Q", run.latencies),
        right={DUNNO: run.replies[DUNNO]},
        wrong=wrong,
        errors=run.lost + sum(wrong.values()),
        first_error=f"{run.lost} lost" if run.lost else "",
    )
    parent.send((share, run.retried))


async def _all(run: Run, load: Load, traffic: Traffic) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(load.connections):
            group.create_task(Smtpd(run, traffic.messages(number)).work())
