"""Takes connections in, and lets them go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
import sys
import time

from collections.abc import Callable, Sequence
from typing import Any

from rateguard.entrypoints.daemon.connection import (
    Keep,
    PolicyConnection,
    Receiver,
    discard,
)
from rateguard.entrypoints.daemon.responder import Responder
from rateguard.entrypoints.daemon.sockets import BACKLOG, Listener
from rateguard.entrypoints.log.throttle import Throttle
from rateguard.entrypoints.settings.addresses import UnixAddress


STOP_SECONDS = 10.0
"""How long what is in flight may take once we were told to stop."""

RESERVED_DESCRIPTORS = 64
"""
Kept from the mail servers, so that the database and the log can be opened
anew however many of them connect; half of the limit where that is less.
"""

_TURNS_TO_CONNECT = 5
"""Turns of the loop after which who was accepted is a connection."""

_UNLINKS = sys.version_info >= (3, 13)
"""Whether the loop would remove a UNIX socket; whose it is, Listener knows."""

_log = logging.getLogger(__name__)


class Server:
    """
    Accepts connections on bound sockets and hands their requests to a responder.

    Args:
        receiver: Makes what cuts the bytes of one connection into requests.
    """

    def __init__(self, responder: Responder, receiver: Callable[[], Receiver]) -> None:
        self._loop = asyncio.get_running_loop()
        self._responder = responder
        self._receiver = receiver
        self._connections: set[PolicyConnection] = set()
        self._listeners: Sequence[Listener] = ()
        self._servers: list[asyncio.AbstractServer] = []
        self._deserted = asyncio.Event()
        # What becomes of who is idle, once we stop.
        self._keep: Keep | None = None
        self._throttle = Throttle()
        self._loop.set_exception_handler(self._report)

    def _connection(self) -> PolicyConnection:
        return PolicyConnection(
            self._responder, self._receiver(), opened=self._welcome, lost=self._forget
        )

    def _welcome(self, connection: PolicyConnection) -> None:
        """
        Keep a connection, or hang up when there are too many: the mail server
        then tries again after a second, while one that finds nobody accepting
        waits for its whole timeout.
        """
        self._connections.add(connection)
        if self._keep is not None:
            connection.close_when_idle(self._keep)
            return
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = limit - min(RESERVED_DESCRIPTORS, limit // 2)
        if len(self._connections) <= most:
            return
        connection.close_when_idle()
        held_back = self._throttle.admit("crowd", time.monotonic())
        if held_back is not None:
            _log.error(
                "hung up on a mail server: %d connections are all that"
                " %d file descriptors allow (%d more)",
                most,
                limit,
                held_back,
            )

    def _forget(self, connection: PolicyConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._deserted.set()

    def connections(self) -> int:
        """Return how many are open. From any thread."""
        return len(self._connections)

    async def listen(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        for listener in listeners:
            make: Any = (
                self._loop.create_unix_server
                if isinstance(listener.address, UnixAddress)
                else self._loop.create_server
            )
            options: dict[str, Any] = {"sock": listener.socket, "backlog": BACKLOG}
            if _UNLINKS and isinstance(listener.address, UnixAddress):
                options["cleanup_socket"] = False
            self._servers.append(await make(self._connection, **options))

    async def take_on(self, connections: Sequence[socket.socket]) -> None:
        """Go on with connections that were accepted before, by another process."""
        await asyncio.gather(*map(self._take_on, connections))

    async def _take_on(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._connection, connection)
        except OSError as error:
            _log.info("a connection was lost between two daemons: %s", error)
            connection.close()

    async def stop(self, keep: Keep = discard) -> None:
        """
        Accept no more, answer what is in flight, let go of each connection as
        soon as it is idle: *keep* may have it kept open for a successor.
        """
        self._keep = keep
        for server in self._servers:
            server.close()
        for listener in self._listeners:
            listener.close()
        for _ in range(_TURNS_TO_CONNECT):
            await asyncio.sleep(0)
        for connection in list(self._connections):
            connection.close_when_idle(keep)
        if self._connections:
            self._deserted.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._deserted.wait(), STOP_SECONDS)

    def _report(
        self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        """
        Log what the event loop could not handle, each kind once a minute:
        out of file descriptors, it tries to accept again every second.
        """
        error = context.get("exception")
        message = context.get("message", "unexpected fault")
        kind = (message.partition(":")[0], type(error))
        held_back = self._throttle.admit(kind, time.monotonic())
        if held_back is None:
            return
        known = isinstance(error, OSError)
        _log.error(
            "%s: %r (%d more)",
            message,
            error,
            held_back,
            exc_info=None if known else error,
        )
