"""
``rateguard serve``: from the settings to a guard that runs until it is told to
stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import threading

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs

from rateguard import __version__
from rateguard.domain.errors import StoreError, StoreOutdated
from rateguard.domain.ports import Schema
from rateguard.entrypoints.daemon.committer import Committer
from rateguard.entrypoints.daemon.monitoring import Monitoring
from rateguard.entrypoints.daemon.notifications import Dispatchers
from rateguard.entrypoints.daemon.server import STOP_SECONDS, Server
from rateguard.entrypoints.daemon.sockets import (
    Listener,
    SocketRights,
    close_all,
    open_listeners,
)
from rateguard.entrypoints.daemon.systemd import Health, Heartbeat, Service
from rateguard.entrypoints.log.config import Log, start_log
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.environment import Loaded


SWITCH_INTERVAL = 0.0005
"""
Seconds until a thread gives way to another. By default the event loop may
wait 5 ms for a lane to let go of the interpreter.
"""

_MADE_BEFORE_COLLECTING = 20_000
"""Objects; 50 requests make some 3,000."""

_RETRY_SECONDS = 2.0
_FORCED_EXIT = 1

_log = logging.getLogger(__name__)


@attrs.frozen
class Parts:
    """
    What the container hands over.

    Attributes:
        guard: Makes the guard, in the running event loop and before the first
            thread.
        sentry: Begins to report errors, until its end; after the log was started.
    """

    schema: Schema
    guard: Callable[[Service], Guard]
    sentry: Callable[[], AbstractContextManager[object]]


def run(loaded: Loaded, parts: Parts) -> None:
    """
    Guard until told to stop.

    Raises:
        CannotListen: an address is not to be had.
        CannotLog: the log cannot be opened.
        StoreOutdated: the schema is behind, and may not be brought up here.
    """
    log = start_log(loaded.settings)
    try:
        with parts.sentry():
            _listen_and_guard(loaded, parts, log)
    finally:
        log.stop()


def _listen_and_guard(loaded: Loaded, parts: Parts, log: Log) -> None:
    for warning in loaded.warnings:
        _log.warning("%s", warning)
    service = Service.of(loaded.environment, os.getpid())
    # Before anything else, so that a second daemon on the same addresses
    # changes nothing.
    listeners = _listeners(loaded, service)
    try:
        auto = loaded.settings.db_auto_migrate
        bring_up_schema(parts.schema, auto=auto)
        later = SchemaLater(parts.schema) if auto else None
        in_event_loop(lambda: _guard(loaded, parts, service, listeners, log, later))
    except BaseException:
        close_all(listeners)
        raise


def _listeners(loaded: Loaded, service: Service) -> Sequence[Listener]:
    settings = loaded.settings
    held = service.inherited.listeners
    if not held:
        rights = SocketRights(
            settings.socket_mode, settings.socket_owner, settings.socket_group
        )
        return open_listeners(settings.socket, rights)
    wanted = set(map(str, settings.socket))
    if loaded.environment.get("SOCKET") and wanted != {str(e.address) for e in held}:
        _log.warning("SOCKET is not used: systemd listens, see rateguard.socket")
    return held


def in_event_loop(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine function to its end, on uvloop where it is installed."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        new_event_loop = None
    else:
        new_event_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())


async def _guard(  # noqa: PLR0913, PLR0917 - all that a daemon is
    loaded: Loaded,
    parts: Parts,
    service: Service,
    listeners: Sequence[Listener],
    log: Log,
    later: SchemaLater | None,
) -> None:
    told_to_stop = stop_signal(log.reopen)
    guard = parts.guard(service)
    # What is there now stays: not to be walked through again by each full
    # collection, which would hold up every request for as long. And what a
    # batch makes has gone by itself before it is looked for.
    gc.freeze()
    gc.set_threshold(_MADE_BEFORE_COLLECTING)
    await guard.start(listeners)
    _log.info("%s", _summary(listeners, loaded.settings))
    guard.ready()
    if later:
        later.start()
    await told_to_stop.wait()
    _log.info("stopping")
    if later:
        later.stop()
    await guard.stop()
    _log.info("stopped")


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


def _summary(listeners: Sequence[Listener], settings: Settings) -> str:
    database = (
        f"SQLite {settings.db_database}"
        if settings.db_driver == "sqlite3"
        else f"{settings.db_database} on {settings.db_host}"
    )
    where = " ".join(str(listener.address) for listener in listeners)
    return (
        f"rateguard {__version__} listening on {where},"
        f" database {database}, quota {settings.quota}"
    )


@attrs.frozen(kw_only=True)
class Guard:
    """
    The parts of a daemon that live in its event loop.

    Attributes:
        deadline: Seconds within which every request is answered.
        monitoring: None where nobody watches.
    """

    service: Service
    committer: Committer
    dispatchers: Dispatchers
    server: Server
    deadline: float
    monitoring: Monitoring | None
    heartbeat: Heartbeat = attrs.field(init=False)

    @heartbeat.default
    def _beating(self) -> Heartbeat:
        return Heartbeat(
            tell=self.service.manager.tell,
            seconds=self.service.beat_seconds,
            health=Health(self.committer, self.deadline),
        )

    async def start(self, listeners: Sequence[Listener]) -> None:
        self.committer.start()
        self.dispatchers.start()
        await self.server.listen(listeners)
        await self.server.take_on(self.service.inherited.connections)

    def ready(self) -> None:
        """Begin with what stands around it, and tell systemd."""
        if self.monitoring:
            self.monitoring.start()
        self.service.ready()
        self.heartbeat.beat()

    async def stop(self) -> None:
        """End; what is in flight is answered first."""
        self.heartbeat.stop()
        self.service.stopping()
        # Who is told of an event may take its time; we guard meanwhile.
        self.dispatchers.stop()
        if not await asyncio.to_thread(self.dispatchers.join, STOP_SECONDS):
            _log.warning("ended during a delivery; it will be repeated")
        if self.monitoring:
            await asyncio.to_thread(self.monitoring.stop)
        await self.server.stop(self.service.keep)
        # The lanes finish what is queued; one that hangs is not waited for.
        self.committer.stop()
        with contextlib.suppress(RuntimeError):
            hanging = await asyncio.to_thread(self.committer.join, STOP_SECONDS)
            if hanging:
                _log.error(
                    "ended while the database still hangs: %s", ", ".join(hanging)
                )


def bring_up_schema(schema: Schema, *, auto: bool) -> None:
    """
    Bring the schema up if *auto*, else see that it is. Without a database go on:
    see :class:`SchemaLater`.

    Raises:
        StoreOutdated: the schema is behind, and may not be brought up here.
    """
    try:
        if auto:
            for migration in schema.apply():
                _log.info("applied migration %s", migration)
            return
        pending = schema.pending()
    except StoreError as error:
        # Whatever breaks, mail flows: it passes uncounted until the store is
        # back, and the lanes find that out by themselves.
        _log.error("cannot check the schema: %s", error)
        return
    if pending:
        raise StoreOutdated(
            f"pending migrations: {', '.join(pending)}; run: rateguard migrate"
        )


class SchemaLater:
    """Brings the schema up once the database is there, if it was not at the start."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._ending = threading.Event()
        # A daemon thread: a store that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                self._schema.apply()
            except StoreError:
                self._ending.wait(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - a bug; mail passes all the same
                _log.exception("cannot migrate the schema")
                return
            else:
                return
