"""
What the client itself can do, against a service that does nothing.

``python -m bench.selfcheck`` prints medians of several runs. A service whose
figures come near these is measured by the client's ceiling, not by its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import multiprocessing
import pathlib
import statistics
import sys
import tempfile

from typing import TYPE_CHECKING, cast

import attrs
import uvloop

from bench.load import DUNNO, Load, cpu_seconds, run


if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from bench.connections import Address

_ROUNDS = 7
_SECONDS = 1.0
_CONNECTIONS = (1, 50, 200)
_PROCESSES = (1, 2)
_BACKLOG = 1024


class NullService(asyncio.Protocol):
    """Answers DUNNO to whatever ends in an empty line."""

    _transport: asyncio.Transport
    _received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # Not of asyncio's class where uvloop made it, but of its shape.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        *requests, self._received = (self._received + data).split(b"\n\n")
        if requests:
            self._transport.write(DUNNO * len(requests))


@attrs.frozen
class Sample:
    """One run: processor time is in us per request, of either side."""

    requests_per_second: float
    client_us: float
    service_us: float
    p50_ms: float


def main() -> None:
    """
    Measure every case in turn, several times, and print the medians.

    Taking turns lets a busy machine slow all cases alike.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "policy.sock")
        with _null_service(path) as (pid, tcp):
            cases = [
                (name, Load(address=to, connections=n, processes=p, seconds=_SECONDS))
                for n, p in itertools.product(_CONNECTIONS, _PROCESSES)
                for name, to in (("tcp", tcp), ("unix", path))
                if p <= n
            ]
            loads = [load for _, load in cases]
            rounds = [[_measure(load, pid) for load in loads] for _ in range(_ROUNDS)]
    _print("transport connections clients   requests/s client-us service-us   p50-ms")
    for (name, load), samples in zip(cases, zip(*rounds, strict=True), strict=True):
        _print(
            f"{name:9} {load.connections:11d} {load.processes:7d}"
            f" {statistics.median(s.requests_per_second for s in samples):12.0f}"
            f" {statistics.median(s.client_us for s in samples):9.2f}"
            f" {statistics.median(s.service_us for s in samples):10.2f}"
            f" {statistics.median(s.p50_ms for s in samples):8.3f}",
        )


def _measure(load: Load, service_pid: int) -> Sample:
    before = cpu_seconds(service_pid)
    report = run(load)
    service_seconds = cpu_seconds(service_pid) - before
    if report.errors:
        raise SystemExit(report.first_error)
    return Sample(
        requests_per_second=report.requests_per_second,
        client_us=report.client_cpu_us_per_request,
        service_us=service_seconds * 1e6 / report.requests,
        p50_ms=report.p50_ms,
    )


@contextlib.contextmanager
def _null_service(path: str) -> Iterator[tuple[int, Address]]:
    """
    A null service in its own process, on *path* and on a free TCP port.

    Yields:
        Its process id and its TCP address.
    """
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    service = fresh.Process(target=_serve, args=(path, theirs), daemon=True)
    service.start()
    theirs.close()
    try:
        port = ours.recv()
        yield service.pid or 0, ("127.0.0.1", port)
    finally:
        service.kill()
        service.join()


def _serve(path: str, parent: Connection) -> None:
    uvloop.run(_listen(path, parent))


async def _listen(path: str, parent: Connection) -> None:
    loop = asyncio.get_running_loop()
    tcp = await loop.create_server(NullService, "127.0.0.1", 0, backlog=_BACKLOG)
    unix = await loop.create_unix_server(NullService, path, backlog=_BACKLOG)
    parent.send(tcp.sockets[0].getsockname()[1])
    async with tcp, unix:
        await asyncio.Event().wait()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
