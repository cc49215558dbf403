"""What the tests of the running daemon share."""

from __future__ import annotations

import importlib.util
import os
import socket
import sqlite3
import uuid

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.rigs.daemon import PolicyClient, PrivateDaemon, request
from tests.integration.rigs.mariadb import PrivateMariaDb


LOOPS = ("asyncio", "uvloop")
"""The event loops that the daemon runs on, uvloop where it is installed."""

REFUSED = "DEFER_IF_PERMIT Rate limit reached, retry later."
SUSPENDED = (
    "DEFER_IF_PERMIT Sending from this account is suspended; contact your provider."
)

_PATIENCE = 60.0


def a_sender() -> str:
    """Return a sender whom no test has used."""
    return f"{uuid.uuid4().hex}@example.org"


def has_ipv6() -> bool:
    """Whether this machine has ``::1``."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def on_loop(folder: Path, loop: str) -> dict[str, str]:
    """
    Return the environment in which a daemon runs on that event loop; skip
    where it is not installed.
    """
    if loop == "uvloop" and importlib.util.find_spec("uvloop") is None:
        pytest.skip("no uvloop: pip install uvloop")
    if loop == "uvloop":
        return {}
    absent = folder / "absent"
    absent.mkdir()
    absent.joinpath("uvloop.py").write_text("raise ImportError\n", "ascii")
    paths = [str(absent), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


@contextmanager
def serving(
    folder: Path, loop: str = "asyncio", **settings: str
) -> Iterator[PrivateDaemon]:
    """
    A daemon on that event loop. In the end it stops in order, and it must not
    have logged an error.
    """
    settings |= on_loop(folder, loop)
    with PrivateDaemon(folder, settings) as daemon:
        yield daemon
        assert daemon.stop() == 0
    assert not lines(daemon, " ERROR ")
    assert daemon.stderr() == ""


def listens(daemon: PrivateDaemon, number: int = 0) -> bool:
    """Whether the daemon takes connections at the address of that number."""
    try:
        with daemon.connect(number):
            return True
    except (ConnectionRefusedError, FileNotFoundError):
        return False


def lines(daemon: PrivateDaemon, *words: str) -> list[str]:
    """Return the lines of the log that have all *words*."""
    return [
        line
        for line in daemon.log().splitlines()
        if all(word in line for word in words)
    ]


@contextmanager
def sqlite(daemon: PrivateDaemon) -> Iterator[sqlite3.Connection]:
    """The daemon's database, opened as an operator's tool would."""
    path = daemon.folder / "rateguard.db"
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection, connection:
        yield connection


def rows(daemon: PrivateDaemon, statement: str, *values: object) -> list[Any]:
    """Run a statement on the daemon's database; return its rows."""
    with sqlite(daemon) as connection:
        return connection.execute(statement, values).fetchall()


def used(daemon: PrivateDaemon, sender: str) -> tuple[int, int]:
    """Return the messages and recipients counted for a sender."""
    query = "SELECT msg_counter, rcpt_counter FROM ratelimits WHERE sender = ?"
    found = rows(daemon, query, sender)
    return found[0] if found else (0, 0)


def set_quota(daemon: PrivateDaemon, sender: str, quota: int) -> None:
    """Do what an operator does who gives a sender another quota."""
    rows(
        daemon,
        "INSERT INTO ratelimits (sender, quota) VALUES (?, ?)"
        " ON CONFLICT (sender) DO UPDATE SET quota = excluded.quota",
        *(sender, quota),
    )


@contextmanager
def write_lock(daemon: PrivateDaemon) -> Iterator[None]:
    """Keep the daemon from committing."""
    with sqlite(daemon) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def begin(client: PolicyClient, sender: str, /, **attributes: object) -> None:
    """
    Send a request, and return when the daemon has begun to work on it: it has
    answered the one before in the same packet.
    """
    client.send(request("") + request(sender, **attributes))
    assert client.reply() == "DUNNO"


def flood(
    daemons: Sequence[PrivateDaemon], sender: str, *, connections: int, each: int
) -> Counter[str]:
    """
    Send *each* messages of one sender over each of many connections at the
    same time; return how often each action came.
    """

    def converse(number: int) -> list[str]:
        with daemons[number % len(daemons)].connect() as client:
            return [
                client.ask(sender, instance=f"{number:x}.68f0a.{message:x}.0")
                for message in range(each)
            ]

    with ThreadPoolExecutor(connections) as crowd:
        return Counter(
            action
            for actions in crowd.map(converse, range(connections))
            for action in actions
        )


def on_mariadb(server: PrivateMariaDb, database: str) -> dict[str, str]:
    """Return the settings of a daemon with that database."""
    return {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
        "DB_DATABASE": database,
    }
