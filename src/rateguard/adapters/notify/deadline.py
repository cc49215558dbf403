"""
A call that comes back in time, whatever the other side does.

The timeouts of sockets hold for one operation each: who sends a byte now and
then is never too late for them. And looking up a name has none at all.
"""

from __future__ import annotations

import socket
import threading
import time

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import attrs


_T = TypeVar("_T")


@attrs.define(eq=False)
class Deadline:
    """
    For one call: when it has to be over, and the connections it opened.

    Attributes:
        seconds: How long the call may take, from now on.
    """

    seconds: float
    _end: float = attrs.field(init=False)
    _over: bool = attrs.field(init=False, default=False)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _watched: list[socket.socket] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def left(self) -> float:
        """
        Return how many seconds are left, always above zero.

        Raises:
            TimeoutError: none.
        """
        left = self._end - time.monotonic()
        if self._over or left <= 0:
            raise TimeoutError
        return left

    def watch(self, connection: socket.socket) -> None:
        """
        Shut *connection* down when time is up, or the call is over.

        Raises:
            TimeoutError: it is.
        """
        with self._lock:
            self.left()
            # A copy: TLS takes the descriptor away from the socket it wraps.
            self._watched.append(connection.dup())

    def call(self, act: Callable[[], _T]) -> _T:
        """
        Return what *act* returns, or raise what it raises. It runs in a thread
        of its own; what cannot be interrupted is left behind there.

        Raises:
            TimeoutError: time was up before.
        """
        future: Future[_T] = Future()
        # A daemon thread: one that was left behind must not keep us from
        # ending.
        threading.Thread(
            target=_run, args=(act, future), name="deadline", daemon=True
        ).start()
        try:
            return future.result(max(0.0, self._end - time.monotonic()))
        finally:
            # Its error's traceback has this frame: without the circle all
            # that the call had open is gone at once.
            del future
            self._finish()

    def _finish(self) -> None:
        with self._lock:
            self._over = True
            for connection in self._watched:
                with connection, suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._watched.clear()


def _run(act: Callable[[], _T], future: Future[_T]) -> None:
    try:
        future.set_result(act())
    except BaseException as error:  # noqa: BLE001 - raised over there
        future.set_exception(error)
    finally:
        del future


Address = tuple[socket.AddressFamily, Any]
"""Family and address, as the socket module has them."""


def dial(host: str, port: int | None, deadline: Deadline) -> socket.socket:
    """
    Return a connection to *host*, a name or an address.

    Raises:
        OSError: nobody takes one; why the last one did not.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return reach([(family, address) for family, *_, address in found], deadline)


def reach(addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """
    Return a connection to the first address that takes one. Time is shared:
    an address that swallows everything leaves some to the next, and to the
    conversation.

    Raises:
        OSError: none takes one; why the last one did not.
    """
    failure = OSError()
    for number, (family, address) in enumerate(addresses):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.left() / (len(addresses) - number + 1))
            deadline.watch(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(address)
            connection.settimeout(deadline.left())
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure
