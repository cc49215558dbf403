"""Every charge is counted once, whatever the concurrency, whatever the crash."""

from __future__ import annotations

import contextlib
import signal
import threading

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.integration.daemons import (
    REFUSED,
    flood,
    lines,
    on_mariadb,
    rows,
    serving,
)
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.mariadb import PrivateMariaDb


CONNECTIONS, EACH, QUOTA = 20, 100, 1000
MESSAGES = CONNECTIONS * EACH
SENDER = "busy@example.org"

CRASHES = 2
CRASH_CONNECTIONS = 8
REPLIES_BEFORE_CRASH = 100


@attrs.frozen
class Deployment:
    """Daemons on one store, and a way to ask the store."""

    daemons: list[PrivateDaemon]
    select: Callable[[str], list[Any]]


@contextlib.contextmanager
def _on_sqlite(folder: Path) -> Iterator[Deployment]:
    with serving(folder) as daemon:
        yield Deployment([daemon], lambda query: rows(daemon, query))


@contextlib.contextmanager
def _on_mariadb(
    folder: Path, server: PrivateMariaDb, *, daemons: int
) -> Iterator[Deployment]:
    database = server.create_database()
    settings = {**on_mariadb(server, database), "DB_AUTO_MIGRATE": "true"}
    with contextlib.ExitStack() as started:
        started.callback(server.drop_database, database)
        running = []
        for number in range(daemons):
            own = folder / str(number)
            own.mkdir()
            running.append(started.enter_context(serving(own, **settings)))

        def select(query: str) -> list[Any]:
            return server.execute(query.replace(" FROM ", f" FROM {database}."))

        yield Deployment(running, select)


@pytest.fixture(params=["sqlite", "mariadb", "two on mariadb"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    if request.param == "sqlite":
        with _on_sqlite(tmp_path) as deployment:
            yield deployment
        return
    server = request.getfixturevalue("mariadb")
    daemons = 2 if request.param.startswith("two") else 1
    with _on_mariadb(tmp_path, server, daemons=daemons) as deployment:
        yield deployment


def test_no_update_is_lost(deployment: Deployment) -> None:
    """
    Twenty connections send 2000 messages of one sender whose quota is 1000:
    2000 are counted and kept, exactly 1000 pass, and exactly one is reported
    as the one that crossed.
    """
    actions = flood(deployment.daemons, SENDER, connections=CONNECTIONS, each=EACH)

    assert actions == Counter({"DUNNO": QUOTA, REFUSED: MESSAGES - QUOTA})
    assert deployment.select(
        "SELECT msg_counter, rcpt_counter, msg_total, rcpt_total FROM ratelimits"
    ) == [(MESSAGES,) * 4]
    assert dict(
        deployment.select("SELECT blocked, count(*) FROM messages GROUP BY blocked")
    ) == {0: QUOTA, 1: MESSAGES - QUOTA}

    def logged(*words: str) -> list[str]:
        return [line for each in deployment.daemons for line in lines(each, *words)]

    until(lambda: len(logged("status=")) == MESSAGES)
    (crossing,) = logged("QUOTA_LIMIT_REACHED")
    assert f"curr_count={QUOTA + 1}/{QUOTA}, status=BLOCKED" in crossing
    assert len(logged("status=ACCEPTED")) == QUOTA


def test_a_crash_loses_no_charge(tmp_path: Path) -> None:
    """
    The daemon is killed under load, several times: whatever was answered
    before is in the database, nothing is in it twice, and the next start goes
    on from there.
    """
    daemon = PrivateDaemon(tmp_path, {"QUOTA": "1000000"})
    asked, replied = 0, 0
    for _ in range(CRASHES):
        daemon.start()
        counts = _until_killed(daemon)
        asked += counts["asked"]
        replied += counts["replied"]
        ((counted,),) = rows(daemon, "SELECT msg_counter FROM ratelimits")
        assert replied <= counted <= asked
        assert rows(daemon, "SELECT count(*) FROM messages") == [(counted,)]
        assert rows(daemon, "PRAGMA integrity_check") == [("ok",)]

    with daemon:
        assert daemon.ask(SENDER) == "DUNNO"
        ((after,),) = rows(daemon, "SELECT msg_counter FROM ratelimits")
    assert after == counted + 1
    assert not lines(daemon, " ERROR ")


def _until_killed(daemon: PrivateDaemon) -> Counter[str]:
    """
    Load the daemon, kill it in the midst of it; return how much was asked
    and how much of that was answered.
    """
    counts: Counter[str] = Counter()
    counting = threading.Lock()

    def count(what: str) -> None:
        with counting:
            counts[what] += 1

    def converse(_number: int) -> None:
        with contextlib.suppress(EOFError, ConnectionError), daemon.connect() as client:
            while True:
                count("asked")
                assert client.ask(SENDER) == "DUNNO"
                count("replied")

    with ThreadPoolExecutor(CRASH_CONNECTIONS) as crowd:
        conversations = [
            crowd.submit(converse, number) for number in range(CRASH_CONNECTIONS)
        ]
        try:
            until(lambda: counts["replied"] >= REPLIES_BEFORE_CRASH)
        finally:
            daemon.stop(signal.SIGKILL)
    for conversation in conversations:
        conversation.result()
    return counts
