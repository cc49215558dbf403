"""
The daemon's life: start, serve, stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sys
import time

from collections.abc import Callable, Sequence
from typing import Any

from rateguard.entrypoints.committer import Committer
from rateguard.entrypoints.connection import PolicyConnection
from rateguard.entrypoints.listener import BACKLOG, Listener
from rateguard.entrypoints.responder import Responder
from rateguard.entrypoints.settings.addresses import UnixAddress
from rateguard.entrypoints.throttle import Throttle


STOP_SECONDS = 10.0
"""How long what is in flight may take once we were told to stop."""

SWITCH_INTERVAL = 0.0005
"""
Seconds until a thread gives way to another. By default the event loop may
wait 5 ms for a lane to let go of the interpreter.
"""

RESERVED_DESCRIPTORS = 64
"""
Kept from the mail servers, so that the database and the log can be opened
anew however many of them connect; half of the limit where that is less.
"""

_FORCED_EXIT = 1

_log = logging.getLogger(__name__)


def run(main: Callable[[], Any]) -> None:
    """
    Run a coroutine function to its end, on uvloop where it is installed.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        new_event_loop = None
    else:
        new_event_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())


class Server:
    """
    Accepts connections on bound sockets and hands them to a responder.
    """

    def __init__(self, responder: Responder) -> None:
        self._loop = asyncio.get_running_loop()
        self._responder = responder
        self._connections: set[PolicyConnection] = set()
        self._listeners: Sequence[Listener] = ()
        self._servers: list[asyncio.AbstractServer] = []
        self._deserted = asyncio.Event()
        self._throttle = Throttle()
        self._loop.set_exception_handler(self._report)

    def _connection(self) -> PolicyConnection:
        return PolicyConnection(
            self._responder, opened=self._welcome, lost=self._forget
        )

    def _welcome(self, connection: PolicyConnection) -> None:
        """
        Keep a connection, or hang up when there are too many: the mail server
        then tries again after a second, while one that finds nobody accepting
        waits for its whole timeout.
        """
        self._connections.add(connection)
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
        """
        Return how many are open. From any thread.
        """
        return len(self._connections)

    async def listen(self, listeners: Sequence[Listener]) -> None:
        """
        Begin to accept.
        """
        self._listeners = listeners
        for listener in listeners:
            make: Any = (
                self._loop.create_unix_server
                if isinstance(listener.address, UnixAddress)
                else self._loop.create_server
            )
            options: dict[str, Any] = {"sock": listener.socket, "backlog": BACKLOG}
            self._servers.append(await make(self._connection, **options))

    async def stop(self) -> None:
        """
        Accept no more, answer what is in flight, hang up.
        """
        for server in self._servers:
            server.close()
        for listener in self._listeners:
            listener.close()
        for connection in list(self._connections):
            connection.close_when_idle()
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


def stop_signal(on_hangup: Callable[[], None]) -> asyncio.Event:
    """
    Return what SIGTERM or SIGINT sets from now on; SIGHUP calls *on_hangup*. A
    second SIGTERM or SIGINT ends the process at once.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def stop() -> None:
        if told.is_set():
            os._exit(_FORCED_EXIT)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, on_hangup)
    return told


async def drain(committer: Committer) -> None:
    """
    Let the lanes finish what is queued, without waiting for one that hangs.
    """
    committer.stop()
    with contextlib.suppress(RuntimeError):
        hanging = await asyncio.to_thread(committer.join, STOP_SECONDS)
        if hanging:
            _log.error("ended while the store still hangs: %s", ", ".join(hanging))
