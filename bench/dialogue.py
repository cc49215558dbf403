"""
The connections of one client process, and all that happens to them off the
common path: replies cut in two, wrong ones, connections lost.
"""

from __future__ import annotations

import collections
import socket

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs


if TYPE_CHECKING:
    from bench.plan import Expected

NextRequest: TypeAlias = Callable[[], bytes]
"""The bytes to send next; StopIteration when there are no more."""

_EMPTY_LINE = b"\n\n"


def _no_more() -> bytes:
    raise StopIteration


@attrs.define
class Dialogue:
    """
    What is still to be asked and what was answered, by file descriptor.

    Attributes:
        sockets: The connections on which requests are still to be sent or
            replies still due.
        next_request: Of each connection.
        right: How often each whole reply came that was as expected.
        wrong: How often each whole reply came that was not.
        errors: Wrong replies, and connections that failed.
        first_error: Says what the first of them was; empty if there is none.
    """

    expected: Expected
    sockets: dict[int, socket.socket] = attrs.field(factory=dict)
    next_request: dict[int, NextRequest] = attrs.field(factory=dict)
    right: dict[bytes, int] = attrs.field(factory=dict)
    wrong: collections.Counter[bytes] = attrs.field(factory=collections.Counter)
    errors: int = 0
    first_error: str = ""
    _unfinished: dict[int, bytes] = attrs.field(factory=dict)

    def add(self, connection: socket.socket, next_request: NextRequest) -> None:
        """Take a connection on."""
        self.sockets[connection.fileno()] = connection
        self.next_request[connection.fileno()] = next_request

    def take(self, fd: int, chunk: bytes) -> bool:
        """
        Account for bytes that are not a whole reply known to be right.

        Returns:
            Whether they complete a reply, right or wrong, so that it is the
            client's turn again.
        """
        if not chunk:
            self.lose(fd, "closed without a reply")
            return False
        reply = self._unfinished.pop(fd, b"") + chunk
        if _EMPTY_LINE not in reply:
            self._unfinished[fd] = reply
            return False
        # An expectation may be any function, but not about the frame: Postfix
        # takes bytes after the empty line for a broken connection.
        if reply.index(_EMPTY_LINE) + 2 == len(reply) and self._is_expected(reply):
            self.right[reply] = self.right.get(reply, 0) + 1
        else:
            self.wrong[reply] += 1
            self._note(f"wrong reply {reply!r}")
        return True

    def lose(self, fd: int, cause: object) -> None:
        """Count a failed connection and send nothing more on it."""
        begun = self._unfinished.pop(fd, b"")
        self._note(f"connection {fd}: {cause}, after {begun!r}")
        self.finish(fd)

    def lose_all(self, cause: object) -> None:
        """Count every connection as failed on which something was still due."""
        for fd in list(self.sockets):
            self.lose(fd, cause)

    def finish(self, fd: int) -> None:
        """End a connection; a reply begun and never ended is an error."""
        if begun := self._unfinished.pop(fd, b""):
            self._note(f"connection {fd}: reply begun and not ended: {begun!r}")
        self.sockets.pop(fd).close()

    def stop(self) -> None:
        """Send nothing more; replies still due will end their connections."""
        for fd in self.next_request:
            self.next_request[fd] = _no_more

    def _is_expected(self, reply: bytes) -> bool:
        if isinstance(self.expected, bytes):
            return reply == self.expected
        return self.expected(reply)

    def _note(self, what: str) -> None:
        self.errors += 1
        self.first_error = self.first_error or what
