"""A mail server's end of a connection, and responders that do as the test says."""

from __future__ import annotations

import asyncio

from collections.abc import Callable, Mapping

from rateguard.adapters.postfix.codec import PolicyReceiver
from rateguard.entrypoints.daemon.connection import PolicyConnection
from rateguard.entrypoints.daemon.responder import Responder


DESCRIPTOR = 4711
"""That of each connection."""

Reply = Callable[[bytes], None]


def requests(*names: object) -> bytes:
    """Return pipelined requests, each known by a name."""
    return b"".join(f"a={name}\n\n".encode() for name in names)


class Echo:
    """Answers each request at once, with its name."""

    def __init__(self) -> None:
        self.asked = 0

    def respond(self, attributes: Mapping[str, str], reply: Reply) -> None:
        """Reply."""
        self.asked += 1
        reply(f"{attributes['a']};".encode())


class Patient:
    """Answers when the test wants it, with the request's name."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._replies: list[Reply] = []

    def respond(self, attributes: Mapping[str, str], reply: Reply) -> None:
        """Keep the request."""
        self.asked.append(attributes["a"])
        self._replies.append(reply)

    def answer(self) -> None:
        """Answer the request that was asked last; nobody waits for the others."""
        self._replies[-1](f"{self.asked[-1]};".encode())


class Later:
    """Answers each request in the next turn of the loop."""

    def respond(self, attributes: Mapping[str, str], reply: Reply) -> None:
        """Have it answered."""
        asyncio.get_running_loop().call_soon(reply, f"{attributes['a']};".encode())


class Kept:
    """Remembers what was given into keeping."""

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def __call__(self, descriptor: int) -> None:
        """Keep it."""
        self.descriptors.append(descriptor)


class Wire(asyncio.Transport):
    """What is between a connection and its peer."""

    def __init__(self, peer: object = ("192.0.2.7", 4711)) -> None:
        super().__init__({"peername": peer, "socket": self})
        self.sent = bytearray()
        self.reading = True
        self.closed = False
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take what is sent to the peer."""
        assert not self.closed, "written after the end"
        self.sent += data

    def pause_reading(self) -> None:
        """Bring no more from the peer."""
        assert self.reading, "paused twice"
        self.reading = False

    def resume_reading(self) -> None:
        """Bring more."""
        assert not self.reading, "resumed twice"
        self.reading = True

    def fileno(self) -> int:
        """Return the descriptor of what it stands for."""
        return DESCRIPTOR

    def close(self) -> None:
        """Hang up."""
        self.closed = True

    def is_closing(self) -> bool:
        """Whether somebody did."""
        return self.closed

    def abort(self) -> None:
        """Hang up at once."""
        self.closed = self.aborted = True


class Session:
    """A connection that was made, seen from its peer."""

    def __init__(
        self, responder: Responder, peer: object = ("192.0.2.7", 4711)
    ) -> None:
        self.wire = Wire(peer)
        self.opened: list[PolicyConnection] = []
        self.lost: list[PolicyConnection] = []
        self.connection = PolicyConnection(
            responder,
            PolicyReceiver(),
            opened=self.opened.append,
            lost=self.lost.append,
        )
        self.connection.connection_made(self.wire)

    def send(self, *pieces: bytes) -> None:
        """Have pieces arrive."""
        for piece in pieces:
            self.connection.data_received(piece)

    @property
    def replies(self) -> int:
        """How many replies the peer has got."""
        return self.wire.sent.count(b";")

    @property
    def heard(self) -> list[str]:
        """Which ones."""
        return self.wire.sent.decode().split(";")[:-1]
