"""What passes between the daemon and systemd, whose part the test plays."""

from __future__ import annotations

import contextlib
import socket

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rateguard.entrypoints.daemon.systemd import ServiceManager as Manager
from tests.integration.daemons import (
    LOOPS,
    begin,
    flood,
    lines,
    listens,
    on_loop,
    used,
    write_lock,
)
from tests.integration.rigs.daemon import PrivateDaemon, request
from tests.integration.rigs.held_sockets import listening_tcp, listening_unix
from tests.integration.rigs.service_manager import ServiceManager


SENDER = "a@example.org"
TCP, UNIX = range(2)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[list[tuple[str, socket.socket]]]:
    """A TCP and a UNIX socket, as rateguard.socket makes them."""
    with listening_tcp() as tcp, listening_unix(folder / "held") as unix:
        yield [("policy", tcp), ("policy", unix)]


@pytest.mark.parametrize("abstract", [False, True])
def test_it_says_how_it_is(tmp_path: Path, *, abstract: bool) -> None:
    """
    READY once requests are answered, a status, STOPPING at the end; whether
    systemd listens in the file system or under an abstract name.
    """
    daemon = PrivateDaemon(tmp_path, {"SOCKET": f"{tmp_path}/policy"})
    with ServiceManager(daemon, abstract=abstract) as manager:
        manager.start()
        daemon.addresses = [f"{tmp_path}/policy"]
        assert daemon.ask(SENDER) == "DUNNO"
        assert manager.hear(lambda told: "STATUS" in told)["STATUS"] == "guarding"
        assert manager.stop() == 0
        assert manager.hear(lambda told: told.get("STOPPING") == "1")


@pytest.mark.parametrize("loop", LOOPS)
def test_a_restart_loses_nothing(tmp_path: Path, loop: str) -> None:
    """
    Who is connected stays so and is answered, be it that he asks before, in or
    after the pause; who connects meanwhile waits. Nothing is asked twice, for
    nobody is hung up on, and systemd's socket is not removed.
    """
    daemon = PrivateDaemon(tmp_path, on_loop(tmp_path, loop))
    with held(tmp_path) as sockets, ServiceManager(daemon, sockets) as manager:
        manager.start()
        with contextlib.ExitStack() as stack:
            early, busy, late, idle = (
                stack.enter_context(daemon.connect(number))
                for number in (TCP, UNIX, UNIX, TCP)
            )
            for client in (early, busy, late, idle):
                assert client.ask(SENDER) == "DUNNO"
            other = stack.enter_context(ThreadPoolExecutor(1))
            with write_lock(daemon):
                begin(busy, SENDER)
                stopped = other.submit(manager.stop)
                manager.hear(lambda told: "FDSTORE" in told)
            assert stopped.result() == 0
            assert busy.reply() == "DUNNO"
            assert len(manager.kept) == 4
            new = [stack.enter_context(daemon.connect(each)) for each in (TCP, UNIX)]
            for client in (early, busy, *new):
                client.send(request(SENDER))
            manager.start()
            assert [one.reply() for one in (early, busy, *new)] == ["DUNNO"] * 4
            assert late.ask(SENDER) == "DUNNO"
            # What systemd keeps no longer would stay open without us.
            assert manager.kept == []
            assert idle.ask(SENDER) == "DUNNO"

        assert used(daemon, SENDER) == (11, 11)
        assert manager.stop() == 0
        assert listens(daemon, UNIX)
    assert lines(daemon, " ERROR ") == []


def test_a_restart_under_load(tmp_path: Path) -> None:
    """Many who ask as fast as they can do not notice, and all are counted."""
    daemon = PrivateDaemon(tmp_path)
    with held(tmp_path) as sockets, ServiceManager(daemon, sockets) as manager:
        manager.start()
        with ThreadPoolExecutor(1) as other:
            flooded = other.submit(flood, [daemon], SENDER, connections=8, each=100)
            while used(daemon, SENDER) < (50, 50):
                """Until it is well under way."""
            manager.restart()
            assert flooded.result() == {"DUNNO": 800}

    assert used(daemon, SENDER) == (800, 800)


def test_systemds_sockets_come_first(tmp_path: Path) -> None:
    """SOCKET is not used where systemd listens, and who set it is told so."""
    daemon = PrivateDaemon(tmp_path, {"SOCKET": f"{tmp_path}/policy"})
    with held(tmp_path) as sockets, ServiceManager(daemon, sockets) as manager:
        manager.start()
        assert not (tmp_path / "policy").exists()
    (line,) = lines(daemon, "listening on")
    assert f"listening on {' '.join(daemon.addresses)}, database" in line
    assert len(lines(daemon, "WARNING SOCKET is not used")) == 1


def test_a_socket_that_does_not_listen(tmp_path: Path) -> None:
    """A socket unit that is wrong is an error of one line that says what to do."""
    daemon = PrivateDaemon(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(str(tmp_path / "wrong"))
        with ServiceManager(daemon, [("policy", datagrams)]) as manager:
            manager.launch()
            assert daemon.wait() == 1
    assert daemon.stderr() == (
        "rateguard: LISTEN_FDS: descriptor 3 (policy) is no listening stream socket:"
        " the socket unit needs ListenStream=, and Accept=no\n"
    )


class TestTelling:
    def test_a_fact_is_one_line(self, tmp_path: Path) -> None:
        """What a status quotes cannot say anything else to systemd."""
        where = str(tmp_path / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(where)
            assert Manager(where).tell(STATUS="torn\nWATCHDOG=1", READY=1)
            assert ear.recv(4096) == b"STATUS=torn WATCHDOG=1\nREADY=1"

    def test_nobody_is_there(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """
        Neither without systemd nor when it is away is that a fault; the log
        says it once a minute.
        """
        assert not Manager("").tell(READY=1)
        away = Manager(str(tmp_path / "notify"))
        assert [away.tell(WATCHDOG=1) for _ in range(3)] == [False] * 3
        assert len(caplog.messages) == 1
        assert not Manager(f"{tmp_path}/{200 * 'x'}").keep(0)
