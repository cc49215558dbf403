"""The services that are measured, each a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import pymysql

from bench.plan import Address
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb


UNREACHABLE_QUOTA = "4000000000"

_CHECKOUT = Path(__file__).parents[1]


@attrs.frozen
class Program:
    """A RateGuard: what it is called in the table, and its checkout."""

    name: str = "here"
    checkout: Path = _CHECKOUT

    @property
    def variables(self) -> dict[str, str]:
        """Of the environment, so that ``python -m rateguard`` is this one."""
        path = os.environ.get("PYTHONPATH", "")
        return {"PYTHONPATH": os.pathsep.join((str(self.checkout / "src"), path))}


@contextlib.contextmanager
def revision(name: str) -> Iterator[Program]:
    """Yield the program as it was at a revision of this repository."""
    packed = subprocess.run(
        ["git", "archive", name, "src", "migrations"],  # noqa: S607
        cwd=_CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
            tree.extractall(folder, filter="data")
        yield Program(name, Path(folder))


@attrs.frozen
class Database:
    """
    Where a service keeps its rows.

    Attributes:
        settings: The daemon's.

        server: The process of the database server, if it is one.
    """

    settings: dict[str, str]
    server: int | None = None

    def connect(self) -> Any:  # noqa: ANN401 - any driver's
        """Return a connection."""
        if "DB_HOST" not in self.settings:
            return sqlite3.connect(self.settings["DB_DATABASE"], timeout=30)
        return pymysql.connect(
            host=self.settings["DB_HOST"],
            port=int(self.settings["DB_PORT"]),
            user=self.settings["DB_USER"],
            password=self.settings["DB_PASSWORD"],
            database=self.settings["DB_DATABASE"],
            autocommit=True,
        )

    def query(self, statement: str) -> Sequence[Any]:
        """Return the first row of a query."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            row: Sequence[Any] = cursor.fetchone()
            return row

    def counted(self) -> tuple[int, int]:
        """Return messages counted for all senders, and rows in the message log."""
        counted = self.query("SELECT COALESCE(SUM(msg_total), 0) FROM ratelimits")
        logged = self.query("SELECT COUNT(*) FROM messages")
        return int(counted[0]), int(logged[0])


Store: TypeAlias = Callable[[], AbstractContextManager[Database]]
"""Makes an empty database."""


@attrs.frozen
class Service:
    """A RateGuard that runs."""

    address: Address
    pid: int
    daemon: PrivateDaemon
    database: Database

    def failed_open(self) -> int:
        """Return how many faults are in its log."""
        return sum(" ERROR " in line for line in self.daemon.log().splitlines())


@contextlib.contextmanager
def rateguard(program: Program, database: Database, **others: str) -> Iterator[Service]:
    """Yield a daemon over a database; the decision log goes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "QUOTA": UNREACHABLE_QUOTA,
            "DB_AUTO_MIGRATE": "true",
            **database.settings,
            **program.variables,
            **others,
        }
        with PrivateDaemon(Path(folder), settings, first=True) as daemon:
            host, _, port = daemon.addresses[0].rpartition(",")
            assert daemon.process is not None  # noqa: S101 - for mypy
            yield Service((host, int(port)), daemon.process.pid, daemon, database)


@contextlib.contextmanager
def null_service() -> Iterator[tuple[Address, int]]:
    """Yield address and process of the null responder."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.null"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for mypy
        host, _, port = process.stdout.readline().strip().rpartition(",")
        try:
            yield (host, int(port)), process.pid
        finally:
            process.terminate()


@contextlib.contextmanager
def deaf_receiver() -> Iterator[str]:
    """Yield the address of a web server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        # The kernel accepts; nobody ever reads.
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@contextlib.contextmanager
def sqlite_store() -> Iterator[Database]:
    """Yield a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        yield Database({"DB_DATABASE": str(Path(folder, "bench.db"))})


@contextlib.contextmanager
def mariadb_store(server: PrivateMariaDb) -> Iterator[Database]:
    """Yield a fresh database of a server."""
    name = server.create_database()
    settings = {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
        "DB_DATABASE": name,
    }
    try:
        yield Database(settings, server.pid)
    finally:
        server.drop_database(name)
