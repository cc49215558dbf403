"""A receiver of webhooks that answers well, badly, for ever or not at all."""

from __future__ import annotations

import socket
import ssl

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Self

import attrs

from tests.integration.rigs import free_port
from tests.integration.rigs.black_hole import black_hole
from tests.integration.rigs.received import Received, read_request


__all__ = ["Answer", "HookReceiver", "Received", "black_hole"]

PATIENCE_SECONDS = 60.0
"""Longer than any client here waits; a receiver is never stuck for ever."""

_DRIP_SECONDS = 0.01


Answer = Callable[[socket.socket], None]
"""Says something on a connection, or nothing; the end closes it."""


@attrs.define(eq=False)
class HookReceiver:
    """
    An HTTP receiver on a free port of 127.0.0.1: a context manager.

    It answers 200 until it is told something else, from any thread; that holds
    from the next request on.

    Attributes:
        tls: With it, it is an HTTPS receiver; the certificate is in there.

        received: Every request that arrived whole, oldest first.

        connections: How many were accepted.

        hung_up: On how many, left without an answer, the client hung up.
    """

    tls: ssl.SSLContext | None = None
    received: list[Received] = attrs.field(init=False, factory=list)
    connections: int = attrs.field(init=False, default=0)
    hung_up: int = attrs.field(init=False, default=0)
    _answer: Answer = attrs.field(init=False, repr=False)
    _mute: bool = attrs.field(init=False, default=False)
    _ending: Event = attrs.field(init=False, factory=Event)
    _listener: socket.socket = attrs.field(init=False)
    _open: list[socket.socket] = attrs.field(init=False, factory=list)
    _threads: list[Thread] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self.answer(200)
        # A port that was asked for by number stays ours when we refuse.
        self._listener = socket.create_server(("127.0.0.1", free_port()), backlog=1024)

    @property
    def port(self) -> int:
        """Where it listens, or did."""
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        """Return the address of *path* here."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    def answer(self, status: int, headers: str = "", body: bytes = b"") -> None:
        """Answer with *status*; *headers* are whole lines, each ended by CRLF."""
        always = f"Connection: close\r\nContent-Length: {len(body)}\r\n"
        text = f"HTTP/1.1 {status} Told\r\n{headers}{always}\r\n"
        self._answer = lambda connection: connection.sendall(text.encode() + body)

    def redirect(self, url: str, status: int = 307) -> None:
        """Answer that it has moved to *url*."""
        self.answer(status, f"Location: {url}\r\n")

    def say(self, data: bytes) -> None:
        """Answer with these bytes, whatever they are, and hang up."""
        self._answer = lambda connection: connection.sendall(data)

    def hang(self) -> None:
        """Take requests and never answer, until the client hangs up."""
        self._answer = self._wait

    def drip(self, beginning: bytes) -> None:
        """Answer with *beginning*, then one byte after the other for ever."""

        def answer(connection: socket.socket) -> None:
            connection.sendall(beginning)
            while not self._ending.wait(_DRIP_SECONDS):
                connection.sendall(b"x")

        self._answer = answer

    def drip_header(self) -> None:
        """Never come to the end of the first header."""
        self.drip(b"HTTP/1.1 200 OK\r\nX-Long: ")

    def drip_body(self, status: int = 200) -> None:
        """Never come to the end of the body."""
        head = f"HTTP/1.1 {status} Told\r\nContent-Length: 999999999\r\n\r\n"
        self.drip(head.encode())

    def mute(self) -> None:
        """Accept connections and say nothing, no TLS handshake either."""
        self._mute = True

    def refuse(self) -> None:
        """Refuse connections from now on."""
        # Not closed yet: nobody else may be given the port.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ending.set()
        self.refuse()
        # The first thread is the one that accepts; when it has ended, the
        # lists have everything.
        self._threads[0].join()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(PATIENCE_SECONDS)
                self.connections += 1
                # TLS takes the socket's descriptor away; the copy ends both.
                self._open.append(connection.dup())
                self._spawn(self._serve, connection, self._open[-1])

    def _serve(self, connection: socket.socket, copy: socket.socket) -> None:
        with copy, connection, suppress(OSError):
            if self._mute:
                self._wait(connection)
                return
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as lines:
                request = read_request(lines)
                if request is not None:
                    self.received.append(request)
                    self._answer(connection)

    def _wait(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while connection.recv(4096):
                pass
        if not self._ending.is_set():
            self.hung_up += 1
