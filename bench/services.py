"""The services that are measured, each a process of its own."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import subprocess
import sys
import tempfile

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pymysql

from bench.connections import Address
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb


UNREACHABLE_QUOTA = "4000000000"


@attrs.frozen
class Service:
    """
    A running policy service.

    Attributes:
        pid: Its process.

        daemon: The RateGuard behind it; None for the null responder.

        database: Settings of its store, for looking at it from outside.
    """

    name: str
    address: Address
    pid: int
    daemon: PrivateDaemon | None = None
    database: dict[str, str] = attrs.Factory(dict)

    def query(self, statement: str) -> Sequence[Any]:
        """Return the first row of a query in its store."""
        with contextlib.closing(connect(self.database)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            row: Sequence[Any] = cursor.fetchone()
            return row

    def counted(self) -> tuple[int, int]:
        """Return messages counted for all senders, and rows in the message log."""
        counted = self.query("SELECT COALESCE(SUM(msg_total), 0) FROM ratelimits")
        logged = self.query("SELECT COUNT(*) FROM messages")
        return int(counted[0]), int(logged[0])

    def failed_open(self) -> int:
        """Return how many faults are in its log."""
        log = self.daemon.log() if self.daemon else ""
        return sum(" ERROR " in line for line in log.splitlines())


def connect(database: dict[str, str]) -> Any:  # noqa: ANN401 - any driver's
    """Return a connection to a store."""
    if "DB_HOST" not in database:
        return sqlite3.connect(database["DB_DATABASE"], timeout=30)
    return pymysql.connect(
        host=database["DB_HOST"],
        port=int(database["DB_PORT"]),
        user=database["DB_USER"],
        password=database["DB_PASSWORD"],
        database=database["DB_DATABASE"],
        autocommit=True,
    )


@contextlib.contextmanager
def null_service() -> Iterator[Service]:
    """Yield the null responder."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.null"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for mypy
        host, _, port = process.stdout.readline().strip().rpartition(",")
        try:
            yield Service("null responder", (host, int(port)), process.pid)
        finally:
            process.terminate()


@contextlib.contextmanager
def rateguard(name: str, database: dict[str, str], **others: str) -> Iterator[Service]:
    """Yield a daemon over a store; the decision log goes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "QUOTA": UNREACHABLE_QUOTA,
            "DB_AUTO_MIGRATE": "true",
            **database,
            **others,
        }
        with PrivateDaemon(Path(folder), settings) as daemon:
            host, _, port = daemon.addresses[0].rpartition(",")
            assert daemon.process is not None  # noqa: S101 - for mypy
            yield Service(name, (host, int(port)), daemon.process.pid, daemon, database)


@contextlib.contextmanager
def deaf_receiver() -> Iterator[str]:
    """Yield the address of a web server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        # The kernel accepts; nobody ever reads.
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@contextlib.contextmanager
def sqlite_store() -> Iterator[dict[str, str]]:
    """Yield the settings of a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"DB_DATABASE": str(Path(folder, "bench.db"))}


@contextlib.contextmanager
def mariadb_store(server: PrivateMariaDb) -> Iterator[dict[str, str]]:
    """Yield the settings of a fresh database."""
    name = server.create_database()
    try:
        yield {
            "DB_HOST": server.host,
            "DB_PORT": str(server.port),
            "DB_USER": server.user,
            "DB_PASSWORD": server.password,
            "DB_DATABASE": name,
        }
    finally:
        server.drop_database(name)
