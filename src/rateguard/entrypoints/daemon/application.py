"""``rateguard serve``."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import os
import signal
import sys
import threading

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from rateguard import __version__
from rateguard.adapters.sql.migrate import Migrator
from rateguard.domain.errors import StoreError, StoreOutdated
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.container import Container, compose
from rateguard.entrypoints.daemon.after_reply import Aftermath
from rateguard.entrypoints.daemon.committer import Committer, CommitterOptions
from rateguard.entrypoints.daemon.monitoring import Monitoring
from rateguard.entrypoints.daemon.notifications import Dispatchers
from rateguard.entrypoints.daemon.processor import OneProcessor
from rateguard.entrypoints.daemon.responder import QuotaResponder
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


_RETRY_SECONDS = 2.0

_log = logging.getLogger(__name__)


def bring_up_schema(migrator: Migrator, *, auto: bool) -> None:
    """
    Bring the schema up if *auto*, else see that it is. Without a store go on:
    see :class:`SchemaLater`.

    Raises:
        StoreOutdated: the schema is behind, and may not be brought up here.
    """
    try:
        if auto:
            for migration in migrator.apply():
                _log.info("applied migration %s", migration)
            return
        pending = migrator.pending()
    except StoreError as error:
        # Whatever breaks, mail flows: it passes uncounted until the store is
        # back, and the lanes find that out by themselves.
        _log.error("cannot look at the schema: %s", error)
        return
    if pending:
        raise StoreOutdated(
            f"{len(pending)} migrations are pending; run: rateguard migrate"
        )


class SchemaLater:
    """Brings the schema up once the store is there, if it was not at the start."""

    def __init__(self, migrator: Migrator) -> None:
        self._migrator = migrator
        self._ending = threading.Event()
        # A daemon thread: a store that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    async def stop(self, patience: float) -> None:
        """Try no more; what is under way has *patience* seconds."""
        self._ending.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, patience)

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                self._migrator.apply()
            except StoreError:
                self._ending.wait(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - a bug; mail passes all the same
                _log.exception("cannot bring the schema up")
                return
            else:
                return


SWITCH_INTERVAL = 0.0005
"""
Seconds until a thread gives way to another. By default the event loop may
wait 5 ms for a lane to let go of the interpreter.
"""

_FORCED_EXIT = 1

_log = logging.getLogger(__name__)


def run(main: Callable[[], Any]) -> None:
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
    """Let the lanes finish what is queued, without waiting for one that hangs."""
    committer.stop()
    with contextlib.suppress(RuntimeError):
        hanging = await asyncio.to_thread(committer.join, STOP_SECONDS)
        if hanging:
            _log.error("ended while the store still hangs: %s", ", ".join(hanging))


_log = logging.getLogger(__name__)


@attrs.frozen
class Guard:
    """
    The parts of a daemon.

    Attributes:
        processor: None where our threads may roam.

        monitoring: None where nobody watches.

        schema: None where it is not ours to bring up.
    """

    service: Service
    committer: Committer
    dispatchers: Dispatchers
    server: Server
    heartbeat: Heartbeat
    processor: OneProcessor | None
    monitoring: Monitoring | None
    schema: SchemaLater | None

    @classmethod
    def of(cls, container: Container, service: Service) -> Guard:
        """
        Make everything, in the running event loop and before the first
        thread: see Container.
        """
        settings = container.settings()
        aftermath = Aftermath(container.decision_log(), container.meter())
        committer = _committer(container, settings, aftermath)
        container.pool()
        own = sender_key(settings.mail_user) if settings.mail_user else None
        responder = QuotaResponder(committer, aftermath=aftermath, own_sender=own)
        server = Server(responder)
        monitoring = None
        if settings.metrics_listen is not None:
            monitoring = Monitoring.of(
                container,
                settings.metrics_listen,
                committer=committer,
                responder=responder,
                server=server,
            )
        return cls(
            service,
            committer,
            container.dispatchers(),
            server,
            Heartbeat(
                tell=service.manager.tell,
                seconds=service.beat_seconds,
                health=Health(committer, settings.request_deadline.total_seconds()),
            ),
            OneProcessor.here() if settings.cpu_pinning else None,
            monitoring,
            SchemaLater(container.migrator()) if settings.db_auto_migrate else None,
        )

    async def start(self, listeners: Sequence[Listener]) -> None:
        """Begin to guard."""
        if self.processor:
            self.processor.start()
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
        if self.schema:
            self.schema.start()

    async def stop(self) -> None:
        """End; what is in flight is answered first."""
        self.heartbeat.stop()
        if self.processor:
            self.processor.stop()
        self.service.stopping()
        # Who is told of a crossing may take his time; we guard meanwhile.
        self.dispatchers.stop()
        if not await asyncio.to_thread(self.dispatchers.join, STOP_SECONDS):
            _log.warning("ended while a notice was under way; it will be repeated")
        if self.monitoring:
            await asyncio.to_thread(self.monitoring.stop)
        if self.schema:
            await self.schema.stop(STOP_SECONDS)
        await self.server.stop(self.service.keep)
        await drain(self.committer)


def _committer(
    container: Container, settings: Settings, aftermath: Aftermath
) -> Committer:
    return Committer(
        judge=container.judge_submissions(),
        aftermath=aftermath,
        encode=container.replies().of,
        options=CommitterOptions(
            lanes=settings.db_lanes,
            deadline=settings.request_deadline.total_seconds(),
        ),
    )


_MADE_BEFORE_COLLECTING = 20_000
"""Objects; 50 requests make some 3,000."""

_log = logging.getLogger(__name__)


def serve(loaded: Loaded) -> None:
    """
    Guard until told to stop.

    Raises:
        CannotListen: an address is not to be had.
        StoreOutdated: the schema is behind, and may not be brought up here.
        CannotLog: the log cannot be opened.
    """
    settings = loaded.settings
    container = compose(settings, loaded.environment)
    # Before anything is begun: one that cannot be made is a wrong setting.
    container.notifiers()
    log = start_log(settings)
    try:
        with _sentry(settings):
            _guard(loaded, container, log)
    finally:
        container.pool().close()
        log.stop()


def _sentry(settings: Settings) -> contextlib.AbstractContextManager[object]:
    if settings.sentry_dsn is None:
        return contextlib.nullcontext()
    from rateguard.adapters.sentry.client import start_sentry  # noqa: PLC0415 - slow

    return start_sentry(settings) or contextlib.nullcontext()


def _guard(loaded: Loaded, container: Container, log: Log) -> None:
    settings = loaded.settings
    for warning in loaded.warnings:
        _log.warning("%s", warning)
    service = Service.of(loaded.environment, os.getpid())
    listeners = _listeners(loaded, service)
    try:
        bring_up_schema(container.migrator(), auto=settings.db_auto_migrate)
        run(functools.partial(_serve, container, service, listeners=listeners, log=log))
    except BaseException:
        close_all(listeners)
        raise


def _listeners(loaded: Loaded, service: Service) -> Sequence[Listener]:
    """
    Return what to listen on. Before anything else, so that a second daemon on
    the same addresses changes nothing.
    """
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


async def _serve(
    container: Container,
    service: Service,
    *,
    listeners: Sequence[Listener],
    log: Log,
) -> None:
    told_to_stop = stop_signal(log.reopen)
    guard = Guard.of(container, service)
    # What is there now stays: not to be walked through again by each full
    # collection, which would hold up every request for as long. And what a
    # batch makes has gone by itself before it is looked for.
    gc.freeze()
    gc.set_threshold(_MADE_BEFORE_COLLECTING)
    await guard.start(listeners)
    _log.info("%s", _summary(listeners, container.settings()))
    guard.ready()
    await told_to_stop.wait()
    _log.info("stopping")
    await guard.stop()
    _log.info("stopped")


def _summary(listeners: Sequence[Listener], settings: Settings) -> str:
    store = (
        f"SQLite {settings.db_database}"
        if settings.db_driver == "sqlite3"
        else f"{settings.db_database} on {settings.db_host}"
    )
    where = " ".join(str(listener.address) for listener in listeners)
    return (
        f"rateguard {__version__} listening on {where},"
        f" store {store}, quota {settings.quota}"
    )
