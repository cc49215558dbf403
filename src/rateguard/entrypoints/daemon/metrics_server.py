"""Answers HTTP for those who watch, beside everything else."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time

from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

import attrs

from rateguard import __version__
from rateguard.entrypoints.daemon.sockets import ABSENT, CannotListen, listening_tcp
from rateguard.entrypoints.log.throttle import Throttle
from rateguard.entrypoints.settings.addresses import HttpAddress


WORKERS = 4
"""
Threads, each with one connection at a time: whoever comes meanwhile waits in
the backlog.
"""

RETRY_SECONDS = 30.0
"""Until an address that was not to be had is tried again."""

_NO_METRICS = (
    "%s; there are no metrics, and all else works: free the address, which is"
    " tried again every %d s, or change METRICS_LISTEN and restart"
)
_BACKLOG = 32
_PAUSE_SECONDS = 1.0

SECONDS = 5.0
"""Prometheus itself asks for ten seconds at the most."""

MOST_BYTES = 16384
"""Of a request, all headers included."""

TEXT = "text/plain; charset=utf-8"

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
"""What ``generate_latest`` makes, whatever its version."""

_END = (b"\r\n\r\n", b"\n\n")

_log = logging.getLogger(__name__)


def open_http(address: HttpAddress) -> socket.socket:
    """
    Return a listening socket on the first address of the host that is there.

    Raises:
        CannotListen: says why.
    """
    error: OSError | None = None
    try:
        for family, place in _places(address):
            try:
                return listening_tcp(family, place, _BACKLOG)
            except OSError as refused:
                if refused.errno not in ABSENT:
                    raise
                error = refused
    except OSError as refused:
        error = refused
    why = error.strerror if error else "no such address"
    raise CannotListen(f"METRICS_LISTEN: {address}: {why}") from error


def _places(address: HttpAddress) -> Iterator[tuple[int, tuple[object, ...]]]:
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return ((family, place) for family, _, _, _, place in found)


class MetricsServer:
    """
    A few threads that take turns at a listening socket.

    Args:
        listen: Returns the socket; raises CannotListen, which is no reason to
            stop guarding.
        answer: Is given each connection; returns when it is done with it,
            which it is within seconds, whatever the peer does.
        rest: Seconds from one attempt to listen to the next.
    """

    def __init__(
        self,
        listen: Callable[[], socket.socket],
        answer: Callable[[socket.socket], None],
        *,
        rest: float = RETRY_SECONDS,
    ) -> None:
        self._listen = listen
        self._answer = answer
        self._rest = rest
        self._stopping = threading.Event()
        self._ours = threading.Lock()
        self._socket: socket.socket | None = None
        self._bugs = Throttle()
        # Daemon threads: a peer must not keep us from ending.
        self._threads = [
            threading.Thread(target=work, name=f"metrics-{number}", daemon=True)
            for number, work in enumerate([self._begin, *[self._work] * (WORKERS - 1)])
        ]

    def start(self) -> None:
        """Begin to answer, as soon as the address is to be had."""
        self._threads[0].start()

    def stop(self) -> None:
        with self._ours:
            self._stopping.set()
        if self._socket is not None:
            with suppress(OSError):
                # Wakes those who wait for a connection.
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _begin(self) -> None:
        told = ""
        while not self._stopping.is_set():
            try:
                listening = self._listen()
            except CannotListen as error:
                if str(error) != told:
                    told = str(error)
                    _log.error(_NO_METRICS, told, self._rest)
                self._stopping.wait(self._rest)
            else:
                self._take(listening)
                return

    def _take(self, listening: socket.socket) -> None:
        # Before it is known to who stops us, and may be closed at any time.
        where = HttpAddress(*listening.getsockname()[:2])
        with self._ours:
            if self._stopping.is_set():
                listening.close()
                return
            self._socket = listening
        _log.info("metrics at http://%s/metrics", where)
        for thread in self._threads[1:]:
            thread.start()
        self._work()

    def _work(self) -> None:
        listening = self._socket
        while listening and not self._stopping.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                # No file descriptor is left, or we stop.
                self._stopping.wait(_PAUSE_SECONDS)
                continue
            with connection:
                try:
                    self._answer(connection)
                except Exception as error:  # noqa: BLE001 - a bug; we answer on
                    self._tell(error)

    def _tell(self, error: Exception) -> None:
        # It comes again with each scrape.
        if self._bugs.admit(repr(type(error)), time.monotonic()) is not None:
            _log.error("cannot answer who asks for metrics", exc_info=error)


@attrs.frozen
class Page:
    """What is answered."""

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
            return Page(b"degraded: database down, mail passes uncounted\n")
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
    """The standard library's, for what was read already."""

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
        page = self._page(self.path)
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.text)

    do_HEAD = do_GET  # noqa: N815 - as the standard library has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: it is asked every few seconds."""
