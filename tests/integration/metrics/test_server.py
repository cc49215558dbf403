"""HTTP as strangers speak it."""

from __future__ import annotations

import socket
import threading
import time

from contextlib import ExitStack

import pytest

from rateguard.entrypoints.daemon.metrics_server import (
    MOST_BYTES,
    WORKERS,
    MetricsServer,
)
from tests.integration.http_peers import PATIENT, answer, answering, asked
from tests.integration.rigs.daemon import until


HASTY = 0.3
LARGE = b"x" * 20_000_000


class TestRequest:
    def test_is_answered_and_that_is_all(self) -> None:
        """With one page, its length and the end of the connection."""
        with answering() as where:
            head, _, text = asked(where, b"GET /metrics HTTP/1.1\r\n\r\n").partition(
                b"\r\n\r\n"
            )

        status, *headers = head.split(b"\r\n")
        assert status == b"HTTP/1.0 200 OK"
        assert b"Content-Type: text/plain; version=0.0.4; charset=utf-8" in headers
        assert b"Content-Length: 7" in headers
        assert text == b"some 1\n"

    def test_may_come_in_pieces(self) -> None:
        """Byte by byte, even."""
        request = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        with answering() as where:
            found = asked(where, *(bytes([byte]) for byte in request))

        assert found.endswith(b"\r\n\r\nok\n")

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (b"HEAD /healthz HTTP/1.1\r\n\r\n", b"200 OK"),
            (b"GET /else HTTP/1.1\r\n\r\n", b"404 Not Found"),
            (b"POST /metrics HTTP/1.1\r\n\r\n", b"501 Unsupported method"),
        ],
    )
    def test_of_another_kind_is_told_so(self, request_: bytes, status: bytes) -> None:
        """In HTTP's own words; HEAD has no text."""
        with answering() as where:
            found = asked(where, request_)

        assert found.startswith(b"HTTP/1.0 " + status)
        assert not found.endswith(b"ok\n")

    @pytest.mark.parametrize(
        ("request_", "code"),
        [(b"GET /metrics HTTP/9.9\r\n\r\n", 505), (b"\0\xff \xff \0\r\n\r\n", 400)],
    )
    def test_that_is_nonsense_is_told_so(self, request_: bytes, code: int) -> None:
        """Whatever it is that speaks."""
        with answering() as where:
            assert f"Error code: {code}".encode() in asked(where, request_)

    @pytest.mark.parametrize("request_", [b"", b"GET"])
    def test_that_is_none_is_left(self, request_: bytes) -> None:
        """Cut off: nothing is answered, and others are."""
        with answering() as where:
            with socket.create_connection(where, PATIENT) as connection:
                connection.sendall(request_)
                connection.shutdown(socket.SHUT_WR)
                assert answer(connection) == b""
            assert asked(where, b"GET /healthz\r\n\r\n") == b"ok\n"

    def test_without_an_end_is_left(self) -> None:
        """At once, when it is too long, and not when its time is over."""
        began = time.monotonic()
        with answering() as where:
            assert asked(where, b"x" * (MOST_BYTES + 1)) == b""

        assert time.monotonic() - began < PATIENT / 2


class TestSlowClients:
    def test_have_so_long_and_no_longer(self) -> None:
        """
        All workers are taken by clients who drip; the next one is answered
        when their time is over.
        """
        over = threading.Event()

        def drip(connection: socket.socket) -> None:
            while not over.wait(HASTY / 10):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

        with answering(seconds=HASTY) as where, ExitStack() as crowd:
            crowd.callback(over.set)
            for _ in range(WORKERS):
                slow = crowd.enter_context(socket.create_connection(where, PATIENT))
                dripper = threading.Thread(target=drip, args=(slow,))
                dripper.start()
                crowd.callback(dripper.join)
                crowd.callback(over.set)
            assert asked(where, b"GET /healthz\r\n\r\n") == b"ok\n"

    def test_who_do_not_read_have_no_longer(self) -> None:
        """An answer that nobody takes is dropped."""
        with answering(lambda: LARGE, HASTY) as where, ExitStack() as crowd:
            for _ in range(WORKERS):
                slow = crowd.enter_context(socket.create_connection(where, PATIENT))
                slow.sendall(b"GET /metrics\r\n\r\n")
            began = time.monotonic()
            assert asked(where, b"GET /healthz\r\n\r\n") == b"ok\n"
            assert time.monotonic() - began < PATIENT / 2


class TestBug:
    def test_ends_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        """It is logged once, however often it comes, and the next is answered."""

        def broken() -> bytes:
            raise ZeroDivisionError

        with answering(broken) as where:
            for _ in range(2 * WORKERS):
                assert asked(where, b"GET /metrics\r\n\r\n") == b""
            assert asked(where, b"GET /healthz\r\n\r\n") == b"ok\n"

        (record,) = caplog.records
        assert record.getMessage() == "cannot answer who asks for metrics"


def refused(where: tuple[str, int]) -> bool:
    """Whether nobody listens there."""
    try:
        socket.create_connection(where, PATIENT).close()
    except ConnectionError:
        return True
    return False


class TestStop:
    def test_refuses_who_comes_then(self) -> None:
        """The port is free again, once the thread that took it has noticed."""
        with answering() as where:
            pass

        until(lambda: refused(where))

    def test_may_come_while_the_address_is_taken(self) -> None:
        """No thread fails, and nobody is left listening."""

        class Stopping(socket.socket):
            def getsockname(self) -> tuple[str, int]:
                server.stop()
                host, port = super().getsockname()
                return host, port

        listening = Stopping(socket.AF_INET, socket.SOCK_STREAM)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = MetricsServer(lambda: listening, lambda connection: None)
        server.start()

        until(lambda: not server._threads[0].is_alive())
        assert listening.fileno() == -1
