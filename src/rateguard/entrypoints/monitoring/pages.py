"""
The pages ``/metrics`` and ``/healthz``.
"""

from __future__ import annotations

import io
import socket
import time

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

import attrs

from rateguard import __version__


SECONDS = 5.0
"""Prometheus itself asks for ten seconds at the most."""

MOST_BYTES = 16384
"""Of a request, all headers included."""

TEXT = "text/plain; charset=utf-8"
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
"""What ``generate_latest`` makes, whatever its version."""

_END = (b"\r\n\r\n", b"\n\n")


@attrs.frozen
class Page:
    """
    What is answered.
    """

    text: bytes
    kind: str = TEXT
    status: HTTPStatus = HTTPStatus.OK


@attrs.frozen
class Pages:
    """
    Answers one request on a connection.

    Attributes:
        metrics: Returns the metrics as Prometheus reads them.

        alive: Whether requests of mail servers are answered.

        store_up: Whether the store does its work.

        seconds: For a peer to ask, and as many for it to take the answer.
    """

    metrics: Callable[[], bytes]
    alive: Callable[[], bool]
    store_up: Callable[[], bool]
    seconds: float = SECONDS

    def __call__(self, connection: socket.socket) -> None:
        """
        Read a request and answer it. A peer that is too slow, asks for too
        much or hangs up is left.
        """
        try:
            head = _head(connection, time.monotonic() + self.seconds)
            connection.settimeout(self.seconds)
            _Handler(connection, head, self.page)
        except OSError:
            return

    def page(self, path: str) -> Page:
        """
        Return what is at *path*.
        """
        match path.partition("?")[0]:
            case "/metrics":
                return Page(self.metrics(), EXPOSITION)
            case "/healthz":
                return self._health()
            case _:
                text = b"there are /metrics and /healthz\n"
                return Page(text, status=HTTPStatus.NOT_FOUND)

    def _health(self) -> Page:
        """
        A store that is down is no reason to end us or to send mail elsewhere:
        we let it pass, and a restart brings no store back.
        """
        if not self.alive():
            text = b"requests are not answered\n"
            return Page(text, status=HTTPStatus.SERVICE_UNAVAILABLE)
        if not self.store_up():
            return Page(b"degraded: store down, mail passes uncounted\n")
        return Page(b"ok\n")


def _head(connection: socket.socket, give_up: float) -> bytes:
    """
    Return a request without a body.

    Raises:
        OSError: it did not come in time; ``TimeoutError`` is one.
    """
    head = b""
    while not any(end in head for end in _END):
        # For all of it, and not for each piece.
        connection.settimeout(max(0.001, give_up - time.monotonic()))
        piece = connection.recv(MOST_BYTES)
        head += piece
        if not piece or len(head) > MOST_BYTES:
            raise ConnectionAbortedError
    return head


class _Handler(BaseHTTPRequestHandler):
    """
    The standard library's, for what was read already.
    """

    server_version = f"rateguard/{__version__}"
    sys_version = ""

    def __init__(
        self, connection: socket.socket, head: bytes, page: Callable[[str], Page]
    ) -> None:
        self._connection = connection
        self._page = page
        self.rfile = io.BufferedReader(io.BytesIO(head))
        self.wfile = io.BytesIO()
        self.client_address = ("", 0)
        self.handle()
        connection.sendall(self.wfile.getvalue())

    def do_GET(self) -> None:
        """
        Answer with a page.
        """
        page = self._page(self.path)
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.text)

    do_HEAD = do_GET  # noqa: N815 - as the standard library has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """
        Say nothing: it is asked every few seconds.
        """
