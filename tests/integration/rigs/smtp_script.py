"""A mail server that does at one step what no mail server should."""

from __future__ import annotations

import enum
import socket
import threading

from collections.abc import Iterator
from contextlib import suppress
from typing import Self

import attrs


_YES = {
    "CONNECT": b"220 mail.example.net\r\n",
    "EHLO": b"250-mail.example.net\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
    "STARTTLS": b"220 go on\r\n",
    "AUTH": b"235 welcome\r\n",
    "MAIL": b"250 fine\r\n",
    "RCPT": b"250 fine\r\n",
    "DATA": b"354 go on\r\n",
    "MESSAGE": b"250 taken\r\n",
    "RSET": b"250 fine\r\n",
    "QUIT": b"221 bye\r\n",
}
_DRIP_SECONDS = 0.02


class Fault(enum.Enum):
    """What it does in place of a reply."""

    HANG = "says nothing more"
    DRIP = "says a byte now and then, and never comes to an end"
    CLOSE = "hangs up"
    BREAK = "hangs up in the middle of a yes"


@attrs.define
class ScriptedSmtp:
    """
    Listens on a free port of 127.0.0.1: a context manager.

    Args:
        answers: By step, in place of a yes.

    Attributes:
        port: Where it listens.

        steps: What was reached, in order, over all connections.

        received: Every line that came.
    """

    answers: dict[str, bytes | Fault] = attrs.Factory(dict)
    port: int = attrs.field(init=False)
    steps: list[str] = attrs.field(init=False, factory=list)
    received: list[str] = attrs.field(init=False, factory=list)
    _listener: socket.socket = attrs.field(init=False)
    _closing: threading.Event = attrs.field(init=False, factory=threading.Event)
    _connections: list[socket.socket] = attrs.field(init=False, factory=list)
    _threads: list[threading.Thread] = attrs.field(init=False, factory=list)

    def __enter__(self) -> Self:
        """Begin to accept."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._spawn(threading.Thread(target=self._accept))
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        # When the first has ended, who accepts, the list has all others.
        self._threads[0].join()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    @property
    def talking(self) -> bool:
        """Whether it holds a connection on which somebody is still there."""
        return any(thread.is_alive() for thread in self._threads[1:])

    def _spawn(self, thread: threading.Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._spawn(threading.Thread(target=self._talk, args=(connection,)))

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for step in self._reached(connection):
                self.steps.append(step)
                answer = self.answers.get(step, _YES.get(step, b"500 what?\r\n"))
                if answer is Fault.BREAK:
                    connection.sendall(_YES[step].rstrip())
                if answer in {Fault.BREAK, Fault.CLOSE}:
                    return
                if answer is Fault.DRIP:
                    self._drip(connection)
                if isinstance(answer, Fault):
                    self._closing.wait()
                    return
                connection.sendall(answer)

    def _drip(self, connection: socket.socket) -> None:
        while not self._closing.wait(_DRIP_SECONDS):
            connection.sendall(b"2")

    def _reached(self, connection: socket.socket) -> Iterator[str]:
        yield "CONNECT"
        message = False
        for line in self._lines(connection):
            if message and line != ".":
                continue
            step = "MESSAGE" if message else line.partition(" ")[0].upper()
            yield step
            message = step == "DATA" and step not in self.answers

    def _lines(self, connection: socket.socket) -> Iterator[str]:
        with connection.makefile("r", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self.received.append(line.rstrip("\n"))
                yield self.received[-1]
