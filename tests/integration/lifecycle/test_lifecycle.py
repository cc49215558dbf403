"""The daemon starts, and ends when it is told to."""

from __future__ import annotations

import contextlib
import signal
import sys

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import begin, lines, listens, rows, used, write_lock
from tests.integration.rigs.daemon import PolicyClient, PrivateDaemon, until


SENDER = "a@example.org"
TCP, UNIX = range(2)
STOPS = [signal.SIGTERM, signal.SIGINT]

_TWO_ADDRESSES = """
import socket
from rateguard.entrypoints.container import main
found = socket.getaddrinfo
socket.getaddrinfo = lambda host, port, **options: [
    each
    for address in ("192.0.2.1", "127.0.0.1")
    for each in found(address, port, **options)
]
main()
"""
"""The daemon's program where a name has one address that no machine has."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[PrivateDaemon]:
    """Listens on TCP and on a UNIX socket."""
    where = f"127.0.0.1,0 {tmp_path}/policy"
    with PrivateDaemon(tmp_path, {"SOCKET": where}) as daemon:
        yield daemon


@pytest.fixture
def in_flight(daemon: PrivateDaemon) -> Iterator[PolicyClient]:
    """Waits for the answer to a request that the daemon cannot decide yet."""
    with daemon.connect() as client:
        yield client


def test_the_first_line_says_what_runs(tmp_path: Path) -> None:
    """At the start the log tells version, addresses, database and quota."""
    settings = {"SOCKET": f"127.0.0.1,0 {tmp_path}/policy", "QUOTA": "42"}
    with PrivateDaemon(tmp_path, {**settings, "DB_DATABASE": "my.db"}) as daemon:
        tcp, unix = daemon.addresses
        (line,) = lines(daemon, "listening")
        version = daemon.run("--version").stdout.split()[-1]

    assert (tcp.partition(",")[0], unix) == ("127.0.0.1", f"{tmp_path}/policy")
    assert line.endswith(
        f"INFO rateguard {version} listening on {tcp} {unix},"
        " database SQLite my.db, quota 42"
    )


def test_of_a_name_what_there_is_serves(tmp_path: Path) -> None:
    """
    A name may be listed with an address that this machine does not have, as
    localhost often is with ::1: the daemon listens on the others.
    """
    program = [sys.executable, "-c", _TWO_ADDRESSES]
    settings = {"SOCKET": "localhost,0"}
    with PrivateDaemon(tmp_path, settings, program=program) as daemon:
        (address,) = daemon.addresses
        assert address.startswith("127.0.0.1,")
        assert daemon.ask(SENDER) == "DUNNO"


class TestStop:
    @pytest.mark.parametrize("number", STOPS)
    def test_in_order(self, daemon: PrivateDaemon, number: signal.Signals) -> None:
        """
        Told to stop, the daemon hangs up on idle connections, removes its
        sockets, says so and exits 0; nothing is left to be repaired.
        """
        with daemon.connect(TCP) as one, daemon.connect(UNIX) as other:
            one.ask(SENDER)
            assert daemon.stop(number) == 0
            assert one.closed()
            assert other.closed()

        assert not (daemon.folder / "policy").exists()
        assert [line.split()[-1] for line in lines(daemon, "INFO stop")] == [
            "stopping",
            "stopped",
        ]
        assert not (daemon.folder / "rateguard.db-wal").exists()

    def test_what_is_in_flight_is_answered(
        self, daemon: PrivateDaemon, in_flight: PolicyClient
    ) -> None:
        """
        Told to stop, the daemon accepts nobody else but answers, and charges,
        what it is working on.
        """
        with write_lock(daemon):
            begin(in_flight, SENDER)
            daemon.send_signal(signal.SIGTERM)
            until(lambda: not listens(daemon, TCP))
            until(lambda: not listens(daemon, UNIX))
            assert rows(daemon, "SELECT * FROM messages") == []
        assert in_flight.reply() == "DUNNO"
        assert in_flight.closed()
        assert daemon.wait() == 0
        assert used(daemon, SENDER) == (1, 1)

    @pytest.mark.parametrize("number", STOPS)
    def test_a_second_signal_ends_at_once(
        self, daemon: PrivateDaemon, in_flight: PolicyClient, number: signal.Signals
    ) -> None:
        """Told twice, the daemon leaves what it is working on."""
        with write_lock(daemon):
            begin(in_flight, SENDER)
            daemon.send_signal(signal.SIGTERM)
            until(lambda: lines(daemon, "stopping"))
            daemon.send_signal(number)
            assert daemon.wait() == 1
            with contextlib.suppress(ConnectionError), pytest.raises(EOFError):
                in_flight.reply()

        assert used(daemon, SENDER) == (0, 0)
