"""A policy service without a policy, to test the rigs themselves."""

from __future__ import annotations

import socket

from collections import deque
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import attrs


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO, Self

DUNNO = "DUNNO"


@attrs.frozen
class PolicyRequest:
    """One request: its attributes and the number of the connection it came on."""

    attributes: dict[str, str]
    connection: int

    def __getitem__(self, name: str) -> str:
        """Return an attribute's value; bytes that are not UTF-8 are surrogates."""
        return self.attributes[name]


@attrs.define
class PolicyStub:
    """
    A policy service on a free port of 127.0.0.1: a context manager.

    It records every request and gives the ``replies`` in order, ``DUNNO`` when
    there are none left. The reply None closes the connection without a word.

    Args:
        path: A UNIX socket to listen on instead, writable for everybody.
    """

    replies: deque[str | None] = attrs.field(factory=deque, converter=deque)
    path: Path | None = None
    requests: list[PolicyRequest] = attrs.field(init=False, factory=list)
    _listener: socket.socket = attrs.field(init=False)
    _connections: list[socket.socket] = attrs.field(init=False, factory=list)
    _threads: list[Thread] = attrs.field(init=False, factory=list)

    @_listener.default
    def _listen(self) -> socket.socket:
        if self.path is None:
            return socket.create_server(("127.0.0.1", 0), backlog=1024)
        listener = socket.create_server(
            str(self.path), family=socket.AF_UNIX, backlog=1024
        )
        self.path.chmod(0o666)
        return listener

    @property
    def service(self) -> str:
        """The address as Postfix writes it."""
        if self.path is not None:
            return f"unix:{self.path}"
        return f"inet:127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Begin to accept."""
        self._spawn(Thread(target=self._accept))
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything, also the connections that idle smtpd processes keep."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        # The first thread is the one that accepts; when it has ended, the
        # list has all others.
        self._threads[0].join()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _spawn(self, thread: Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                number = len(self._connections)
                self._spawn(Thread(target=self._serve, args=(connection, number)))

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            for attributes in _requests(lines):
                self.requests.append(PolicyRequest(attributes, number))
                reply = self.replies.popleft() if self.replies else DUNNO
                if reply is None:
                    return
                connection.sendall(f"action={reply}\n\n".encode())


def _requests(lines: BinaryIO) -> Iterator[dict[str, str]]:
    attributes: dict[str, str] = {}
    for line in _texts(lines):
        if line:
            name, _, value = line.partition("=")
            attributes[name] = value
        else:
            yield attributes
            attributes = {}


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    return (line.removesuffix(b"\n").decode(errors="surrogateescape") for line in lines)
