"""
Answers HTTP for those who watch, beside everything else.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

from rateguard.entrypoints.daemon.socket_rights import CannotListen
from rateguard.entrypoints.daemon.throttle import Throttle
from rateguard.entrypoints.settings.addresses import HttpAddress


WORKERS = 4
"""
Threads, each with one connection at a time: whoever comes meanwhile waits in
the backlog.
"""

_BACKLOG = 32
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
_PAUSE_SECONDS = 1.0

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
                return _listening(family, place)
            except OSError as refused:
                if refused.errno not in _ABSENT:
                    raise
                error = refused
    except OSError as refused:
        error = refused
    why = error.strerror if error else "no such address"
    raise CannotListen(f"METRICS_LISTEN: {address}: {why}") from error


def _places(address: HttpAddress) -> Iterator[tuple[int, tuple[object, ...]]]:
    found = socket.getaddrinfo(
        address.host,
        address.port,
        type=socket.SOCK_STREAM,
        flags=socket.AI_PASSIVE,
    )
    return ((family, place) for family, _, _, _, place in found)


def _listening(family: int, place: tuple[object, ...]) -> socket.socket:
    with ExitStack() as undo:
        bound = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(place)
        bound.listen(_BACKLOG)
        undo.pop_all()
    return bound


class MetricsServer:
    """
    A few threads that take turns at a listening socket.

    Args:
        answer: Is given each connection; returns when it is done with it,
            which it is within seconds, whatever the peer does.
    """

    def __init__(
        self, listening: socket.socket, answer: Callable[[socket.socket], None]
    ) -> None:
        self._socket = listening
        self._answer = answer
        self._stopping = threading.Event()
        self._bugs = Throttle()
        # Daemon threads: a peer must not keep us from ending.
        self._threads = [
            threading.Thread(target=self._work, name=f"metrics-{number}", daemon=True)
            for number in range(WORKERS)
        ]

    def start(self) -> None:
        """
        Begin to answer.
        """
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """
        Accept no more.
        """
        self._stopping.set()
        with suppress(OSError):
            # Wakes those who wait for a connection.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
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
