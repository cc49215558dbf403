"""Restarts under load, with systemd's part played by the benchmark."""

from __future__ import annotations

import contextlib
import multiprocessing
import tempfile
import time

from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.plan import Load
from bench.postfix_like import work
from bench.report import summarise
from bench.scenarios import Measured, Store
from bench.services import UNREACHABLE_QUOTA, Service
from bench.traffic import Traffic
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.held_sockets import listening_tcp
from tests.integration.rigs.service_manager import ServiceManager


PACE = 1000.0
"""Requests per second."""

CONNECTIONS = 300
"""As many as a Postfix with its defaults holds open."""

_RESTARTS = 3
_APART_SECONDS = 3.0


def measure_restart(
    name: str, store: Store, *, restarts: int = _RESTARTS, keeps: bool = True
) -> Measured:
    """
    A load at a steady pace, and *restarts* meanwhile; *keeps* says whether the
    connections of mail servers are kept over them, or only the listening socket.
    """
    with (
        store() as database,
        contextlib.closing(listening_tcp()) as listening,
        tempfile.TemporaryDirectory() as folder,
    ):
        settings = {"QUOTA": UNREACHABLE_QUOTA, "DB_AUTO_MIGRATE": "true", **database}
        daemon = PrivateDaemon(Path(folder), settings)
        manager = ServiceManager(
            daemon, [("rateguard.socket", listening)], stores=keeps
        )
        load = Load(
            address=listening.getsockname(),
            connections=CONNECTIONS,
            pace=PACE,
            seconds=(_RESTARTS + 1) * _APART_SECONDS,
        )
        with manager:
            manager.start()
            with _client(load) as client:
                pauses = list(_restarts(manager, restarts))
                share, retried = client.recv()
            report = summarise([share])
            service = Service(name, load.address, 0, daemon, database)
            exact = service.counted()[0] == report.requests and not report.errors
        lost, most = report.errors, max(pauses, default=0.0)
        note = f"{lost} lost, {retried} asked again, longest pause {most:.2f} s"
        return Measured(name, report, exact, note)


def _restarts(manager: ServiceManager, count: int) -> Iterator[float]:
    """Restart again and again; yield the seconds from stop to ready."""
    for _ in range(count):
        time.sleep(_APART_SECONDS)
        began = time.monotonic()
        manager.restart()
        yield time.monotonic() - began


@contextlib.contextmanager
def _client(load: Load) -> Iterator[Connection]:
    traffic = Traffic(
        senders=load.senders,
        recipients=1,
        seed=load.seed,
        epoch_us=time.time_ns() // 1000,
    )
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    client = fresh.Process(target=work, args=(load, traffic, 0, theirs))
    client.start()
    theirs.close()
    try:
        ours.recv()
        ours.send("begin")
        yield ours
        client.join()
    finally:
        client.kill()
        client.join()
        ours.close()


def restart_runs(
    stores: dict[str, Store], rounds: int
) -> Iterator[tuple[str, Sequence[Measured]]]:
    """
    Yield the runs of each kind: without a restart, with, and with nothing but
    the listening socket kept.
    """
    kinds: dict[str, dict[str, Any]] = {
        "1000/s": {"restarts": 0},
        "1000/s, restarts": {},
        "restarts, only sockets": {"keeps": False},
    }
    for name, store in stores.items():
        for kind, options in kinds.items():
            yield kind, [measure_restart(name, store, **options) for _ in range(rounds)]
