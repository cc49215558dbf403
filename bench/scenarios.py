"""What is measured."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
import threading

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import attrs

from bench.filled import fill
from bench.host import undisturbed
from bench.load import Load, LoadReport, dunno_or_defer, run
from bench.services import Service, deaf_receiver, null_service, rateguard
from tests.integration.rigs.daemon import environment


Store = Callable[[], AbstractContextManager[dict[str, str]]]

MILLION = 1_000_000


@attrs.frozen
class Measured:
    """
    One run of one service.

    Attributes:
        exact: Whether every request was answered rightly and counted once.

        note: What else is to be said.

        stolen: Share of the processors that the host gave to others.
    """

    service: str
    report: LoadReport
    exact: bool
    note: str = ""
    stolen: float = 0.0


@attrs.frozen
class Shape:
    """
    The load of a scenario.

    Attributes:
        warm_up:
            Seconds of the same load before it counts: a daemon runs for
            months, so its senders are known and its files have grown.
    """

    connections: int = 50
    senders: int = 1000
    seconds: float = 5.0
    warm_up: float = 2.0

    def warmed(self, service: Service) -> Service:
        """Return the service once it is warm."""
        if self.warm_up:
            run(attrs.evolve(self.load(service), seconds=self.warm_up))
        return service

    def load(self, service: Service, *, pace: float | None = None) -> Load:
        """Return the load for a service."""
        return Load(
            address=service.address,
            connections=self.connections,
            senders=self.senders,
            seconds=self.seconds,
            pace=pace,
        )


def measure_null(shape: Shape) -> Measured:
    """The same connection code and codec, without a store."""
    with null_service() as service:
        shape.warmed(service)

        def once() -> Measured:
            report = run(shape.load(service))
            return Measured(service.name, report, report.errors == 0)

        return undisturbed(once)


def measure(name: str, store: Store, *shapes: Shape, filled: int = 0) -> list[Measured]:
    """The daemon over a store, empty or filled; one load after the other."""
    with _guarded(name, store, filled) as service:

        def once(shape: Shape) -> Measured:
            before = service.counted()
            report = run(shape.load(service))
            return Measured(name, report, _exact(service, before, report))

        measured = []
        for shape in shapes:
            shape.warmed(service)
            measured.append(undisturbed(functools.partial(once, shape)))
        return measured


def measure_cleanup(
    name: str, store: Store, shape: Shape, *, filled: int, pace: float
) -> Measured:
    """
    The daemon over a filled store, while ``cleanup`` resets every sender and
    deletes every old message.
    """
    with _guarded(name, store, filled) as service:
        before = shape.warmed(service).counted()
        finished: list[bool] = []
        cleaner = threading.Thread(target=lambda: finished.append(_clean(service)))
        cleaner.start()
        report = run(shape.load(service, pace=pace))
        left = cleaner.is_alive()
        cleaner.join()
        counted = service.counted()[0] - before[0] == report.requests
        note = (
            f"cleanup {'outlived' if left else 'ended within'} the load,"
            f" {service.failed_open()} faults"
        )
        exact = counted and finished == [True] and report.errors == 0
        return Measured(f"{name}, cleanup", report, exact, note)


def measure_webhook(
    name: str, store: Store, shape: Shape, *, quota: int
) -> tuple[Measured, Measured]:
    """
    Senders that cross their quota all the while: nobody is told, then a
    receiver that takes connections and never answers.
    """
    told = []
    with deaf_receiver() as url:
        webhook = {
            "WEBHOOK_ENABLED": "true",
            "WEBHOOK_URL": url,
            "WEBHOOK_SECRET": "of the benchmark",
        }
        for settings in ({}, webhook):
            with (
                store() as database,
                rateguard(name, database, QUOTA=str(quota), **settings) as service,
            ):
                load = attrs.evolve(shape.load(service), expected=dunno_or_defer)
                report = run(load)
                waiting = service.query("SELECT COUNT(*) FROM rateguard_outbox")[0]
                exact = _exact(service, (0, 0), report)
                note = f"{waiting} notices wait"
                told.append(Measured(name, report, exact, note))
    return told[0], told[1]


@contextlib.contextmanager
def _guarded(name: str, store: Store, filled: int) -> Iterator[Service]:
    with store() as database:
        if filled:
            with rateguard(name, database):
                """The daemon brings the schema up."""
            fill(database, senders=filled, messages=filled)
        with rateguard(name, database) as service:
            yield service


def _exact(service: Service, before: tuple[int, int], report: LoadReport) -> bool:
    after = service.counted()
    grown = (after[0] - before[0], after[1] - before[1])
    return grown == (report.requests, report.requests) and report.errors == 0


def _clean(service: Service) -> bool:
    settings = {**service.database, "MESSAGE_RETENTION": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "rateguard", "cleanup"],
        env=environment(settings),
        check=False,
        capture_output=True,
    )
    return done.returncode == 0
