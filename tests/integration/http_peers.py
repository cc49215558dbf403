"""Those who speak HTTP to the server of the metrics."""

from __future__ import annotations

import socket

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rateguard.entrypoints.daemon.metrics_server import MetricsServer, Pages, open_http
from rateguard.entrypoints.settings.addresses import HttpAddress


PATIENT = 30.0
"""No test waits so long unless it fails."""


@contextmanager
def answering(
    metrics: Callable[[], bytes] = lambda: b"some 1\n", seconds: float = PATIENT
) -> Iterator[tuple[str, int]]:
    """A server, and where it is."""
    listening = open_http(HttpAddress("127.0.0.1", 0))
    pages = Pages(metrics, lambda: True, lambda: True, seconds)
    server = MetricsServer(lambda: listening, pages)
    where = listening.getsockname()
    server.start()
    try:
        yield where
    finally:
        server.stop()


def answer(connection: socket.socket) -> bytes:
    """Return all that comes until the server hangs up."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def asked(where: tuple[str, int], *pieces: bytes) -> bytes:
    """Send these, one after the other; return what comes."""
    with socket.create_connection(where, PATIENT) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        return answer(connection)
