"""What is measured: a run of a service under a load."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import threading

from collections.abc import Iterator

import attrs

from bench.crowd import Crowd, make_crowd
from bench.host import undisturbed
from bench.load import LoadReport, cpu_seconds, run
from bench.plan import DUNNO, Address, Expected, Load, dunno_or_defer
from bench.services import (
    Database,
    Program,
    Service,
    Store,
    deaf_receiver,
    null_service,
    rateguard,
)
from tests.integration.rigs.daemon import command, environment


@attrs.frozen
class Measured:
    """
    One run of one service.

    Attributes:
        exact: Whether every request was answered rightly and counted once.

        daemon_us: Microseconds of processor time of the daemon a request.

        server_us: The same of the database server, if it is one.

        note: What else is to be said.

        stolen: Share of the processors that the host gave to others.
    """

    report: LoadReport
    exact: bool
    daemon_us: float | None = None
    server_us: float | None = None
    note: str = ""
    stolen: float = 0.0


@attrs.frozen
class Shape:
    """
    A load, whoever answers it.

    Attributes:
        pace: Requests a second of an open loop.

        warm_up:
            Seconds of the same load before it counts: a daemon runs for
            months, so its senders are known and its files have grown.
    """

    connections: int = 50
    senders: int = 1000
    seconds: float = 5.0
    pace: float | None = None
    warm_up: float = 2.0
    expected: Expected = DUNNO

    def load(self, address: Address) -> Load:
        """Return the load for a service."""
        return Load(
            address=address,
            connections=self.connections,
            senders=self.senders,
            seconds=self.seconds,
            pace=self.pace,
            expected=self.expected,
        )

    def warm(self, address: Address) -> None:
        """Send the load that does not count."""
        if self.warm_up:
            run(attrs.evolve(self.load(address), seconds=self.warm_up))


def measure_null(shape: Shape) -> Measured:
    """The same connection code and codec, without a store."""
    with null_service() as (address, pid):
        shape.warm(address)

        def once() -> Measured:
            before = cpu_seconds(pid)
            report = run(shape.load(address))
            spent = _us(pid, before, report)
            return Measured(report, report.errors == 0, spent)

        return undisturbed(once)


def measure(
    program: Program, store: Store, *shapes: Shape, crowd: Crowd | None = None
) -> list[Measured]:
    """The daemon over a store, empty or filled; one load after the other."""
    with store() as database:
        if crowd is not None:
            fill(program, database, crowd)
        with rateguard(program, database) as service:
            measured = []
            for shape in shapes:
                shape.warm(service.address)
                once = functools.partial(_once, service, shape)
                measured.append(undisturbed(once))
            return measured


def fill(program: Program, database: Database, crowd: Crowd) -> None:
    """Make a crowd in an empty database."""
    with rateguard(program, database):
        """The daemon brings the schema up."""
    with contextlib.closing(database.connect()) as connection:
        make_crowd(connection, crowd, server=database.server is not None)


def measure_cleanup(program: Program, store: Store, crowd: Crowd) -> Measured:
    """
    The daemon over a crowd, while ``cleanup`` resets every sender and deletes
    every old message.
    """
    shape = Shape(seconds=60, pace=500, expected=dunno_or_defer)
    with store() as database:
        fill(program, database, crowd)
        with rateguard(program, database) as service:
            shape.warm(service.address)
            before = database.counted()
            finished: list[bool] = []
            cleaner = threading.Thread(
                target=lambda: finished.append(_clean(program, database))
            )
            cleaner.start()
            report = run(shape.load(service.address))
            left = cleaner.is_alive()
            cleaner.join()
            counted = database.counted()[0] - before[0] == report.requests
            note = (
                f"cleanup {'outlived' if left else 'ended within'} the load,"
                f" {service.failed_open()} faults"
            )
            exact = counted and finished == [True] and report.errors == 0
            return Measured(report, exact, note=note)


def measure_webhook(
    program: Program, store: Store, shape: Shape, *, quota: int
) -> Iterator[Measured]:
    """
    Senders that reach their quota all the while: first without alerts, then
    with a receiver that takes connections and never answers.
    """
    shape = attrs.evolve(shape, expected=dunno_or_defer, warm_up=0)
    with deaf_receiver() as url:
        webhook = {
            "WEBHOOK_ENABLED": "true",
            "WEBHOOK_URL": url,
            "WEBHOOK_SECRET": "of the benchmark",
        }
        for settings in ({}, webhook):
            with (
                store() as database,
                rateguard(program, database, QUOTA=str(quota), **settings) as service,
            ):
                measured = _once(service, shape)
                waiting = database.query("SELECT COUNT(*) FROM rateguard_outbox")[0]
                yield attrs.evolve(measured, note=f"{waiting} alerts wait")


def _once(service: Service, shape: Shape) -> Measured:
    database = service.database
    before = database.counted()
    daemon = cpu_seconds(service.pid)
    server = database.server and cpu_seconds(database.server)
    report = run(shape.load(service.address))
    daemon_us = _us(service.pid, daemon, report)
    server_us = database.server and server and _us(database.server, server, report)
    after = database.counted()
    grown = (after[0] - before[0], after[1] - before[1])
    exact = grown == (report.requests, report.requests) and report.errors == 0
    return Measured(report, exact, daemon_us, server_us, report.first_error)


def _us(pid: int, before: float, report: LoadReport) -> float:
    """Return microseconds of processor time a request."""
    return (cpu_seconds(pid) - before) * 1e6 / max(1, report.requests)


def _clean(program: Program, database: Database) -> bool:
    settings = {**database.settings, **program.variables, "MESSAGE_RETENTION": "1"}
    done = subprocess.run(
        command("cleanup"),
        env=environment(settings),
        check=False,
        capture_output=True,
    )
    return done.returncode == 0
