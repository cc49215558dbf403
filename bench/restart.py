"""Restarts under load, with systemd's part played by the benchmark."""

from __future__ import annotations

import contextlib
import tempfile
import time

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.load import client, report_of
from bench.plan import Load
from bench.postfix_like import work
from bench.scenarios import Measured
from bench.services import UNREACHABLE_QUOTA, Store
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.held_sockets import listening_tcp
from tests.integration.rigs.service_manager import ServiceManager


PACE = 1000.0
"""Requests per second."""

CONNECTIONS = 300
"""As many as a Postfix with its defaults holds open."""

KINDS: dict[str, dict[str, Any]] = {
    "1000/s": {"restarts": 0},
    "1000/s, restarts": {},
    "restarts, only sockets": {"keeps": False},
}
"""Without a restart, with, and with nothing but the listening socket kept."""

_RESTARTS = 3
_APART_SECONDS = 3.0


def measure_restart(
    store: Store, *, restarts: int = _RESTARTS, keeps: bool = True
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
        settings = {"QUOTA": UNREACHABLE_QUOTA, "DB_AUTO_MIGRATE": "true"}
        settings |= database.settings
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
            with client(load, work) as connection:
                pauses = list(_restarts(manager, restarts))
                share, retried = connection.recv()
            report = report_of(share)
            exact = database.counted()[0] == report.requests and not report.errors
        lost, most = report.errors, max(pauses, default=0.0)
        note = f"{lost} lost, {retried} asked again, longest pause {most:.2f} s"
        return Measured(report, exact, note=note)


def _restarts(manager: ServiceManager, count: int) -> Iterator[float]:
    """Restart again and again; yield the seconds from stop to ready."""
    for _ in range(count):
        time.sleep(_APART_SECONDS)
        began = time.monotonic()
        manager.restart()
        yield time.monotonic() - began
