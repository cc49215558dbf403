"""Where a daemon is watched, and by whom."""

from __future__ import annotations

import socket
import threading

from contextlib import ExitStack
from pathlib import Path

import pytest

from rateguard.entrypoints.daemon.metrics_server import MetricsServer, open_http
from rateguard.entrypoints.settings.addresses import HttpAddress
from tests.integration.daemons import REFUSED, has_ipv6, lines
from tests.integration.http_peers import asked
from tests.integration.metrics.scraping import address, page, watched
from tests.integration.rigs.daemon import PrivateDaemon, until


ANNA = "anna@example.org"


class TestAddress:
    def test_may_be_ipv6(self, tmp_path: Path) -> None:
        """In brackets, as in the log."""
        if not has_ipv6():
            pytest.skip("this machine has no IPv6")
        with watched(tmp_path, "[::1]:0") as daemon:
            assert page(daemon, "/healthz") == (200, "ok\n")

    @pytest.mark.parametrize(
        ("host", "why"),
        [("127.0.0.1", "Address already in use"), ("192.0.2.1", "Cannot assign")],
    )
    def test_that_is_not_to_be_had_is_told(
        self, tmp_path: Path, host: str, why: str
    ) -> None:
        """
        In one line that says what to do; mail is guarded all the same, and the
        end comes at once.
        """
        with socket.create_server(("127.0.0.1", 0)) as other:
            where = f"{host}:{other.getsockname()[1]}"
            settings = {"METRICS_LISTEN": where, "QUOTA": "1"}
            with PrivateDaemon(tmp_path, settings) as daemon:
                until(lambda: lines(daemon, "METRICS_LISTEN"))
                answers = [daemon.ask(ANNA) for _ in range(2)]
                assert 0 == daemon.stop()

        assert ["DUNNO", REFUSED] == answers
        (line,) = lines(daemon, "METRICS_LISTEN")
        assert " ERROR " in line
        assert f"METRICS_LISTEN: {where}: {why}" in line
        assert line.endswith("or change METRICS_LISTEN and restart")
        assert not lines(daemon, "metrics at http://")

    def test_is_taken_once_it_is_free(self, caplog: pytest.LogCaptureFixture) -> None:
        """Nobody has to restart the daemon for it, and it is told once."""
        caplog.set_level("INFO", "rateguard.entrypoints.daemon.metrics_server")
        attempts = []

        def listen() -> socket.socket:
            attempts.append(where)
            return open_http(HttpAddress(*where))

        server = MetricsServer(listen, _greet, rest=0.01)
        with socket.create_server(("127.0.0.1", 0)) as other:
            where = other.getsockname()
            server.start()
            until(lambda: len(attempts) > 2)
        until(lambda: len(caplog.messages) > 1)
        assert b"hello" == asked(where)
        server.stop()

        problem, found = caplog.messages
        assert "Address already in use; there are no metrics" in problem
        assert f"metrics at http://127.0.0.1:{where[1]}/metrics" == found

    def test_is_taken_no_more_by_a_daemon_that_stops(self) -> None:
        """Not even if it was to be had in that moment."""
        begun, stopped = threading.Event(), threading.Event()
        listening = open_http(HttpAddress("127.0.0.1", 0))

        def listen() -> socket.socket:
            begun.set()
            stopped.wait()
            return listening

        server = MetricsServer(listen, _greet)
        server.start()
        begun.wait()
        server.stop()
        stopped.set()
        until(lambda: listening.fileno() < 0)


def _greet(connection: socket.socket) -> None:
    connection.sendall(b"hello")


class TestSlowClients:
    def test_hurt_no_mail(self, tmp_path: Path) -> None:
        """
        However many connect and say nothing: mail flows, and the daemon ends
        when it is told to.
        """
        with watched(tmp_path) as daemon, ExitStack() as crowd:
            for _ in range(30):
                slow = socket.create_connection(address(daemon), 10)
                crowd.enter_context(slow).sendall(b"GET /metrics HTTP/1.1\r\n")
            answers = [daemon.ask(ANNA) for _ in range(20)]

        assert ["DUNNO"] * 20 == answers
