"""
``rateguard serve``.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import socket
import threading

from rateguard import __version__
from rateguard.adapters.sql.migrate import Migrator
from rateguard.domain.errors import StoreError, StoreOutdated
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.aftermath import Aftermath
from rateguard.entrypoints.committer import Committer, CommitterOptions
from rateguard.entrypoints.container import Container, compose
from rateguard.entrypoints.environment import Loaded
from rateguard.entrypoints.listener import (
    Listener,
    close_all,
    open_listeners,
)
from rateguard.entrypoints.logconfig import Log, start_log
from rateguard.entrypoints.metrics_server import open_http
from rateguard.entrypoints.monitoring import Monitoring
from rateguard.entrypoints.responder import QuotaResponder
from rateguard.entrypoints.server import (
    STOP_SECONDS,
    Server,
    drain,
    run,
    stop_signal,
)
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.socket_rights import SocketRights


_SCHEMA_RETRY_SECONDS = 2.0

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
    from rateguard.entrypoints.sentry import start_sentry  # noqa: PLC0415 - slow

    return start_sentry(settings) or contextlib.nullcontext()


def _guard(loaded: Loaded, container: Container, log: Log) -> None:
    settings = loaded.settings
    for warning in loaded.warnings:
        _log.warning("%s", warning)
    rights = SocketRights(
        settings.socket_mode, settings.socket_owner, settings.socket_group
    )
    # First, so that a second daemon on the same addresses changes nothing.
    listeners = open_listeners(settings.socket, rights)
    try:
        where = settings.metrics_listen
        http = None if where is None else open_http(where)
        _bring_up_schema(container.migrator(), auto=settings.db_auto_migrate)
        run(functools.partial(_serve, container, listeners, log, http))
    except BaseException:
        close_all(listeners)
        raise


def _bring_up_schema(migrator: Migrator, *, auto: bool) -> None:
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


async def _serve(
    container: Container,
    listeners: list[Listener],
    log: Log,
    http: socket.socket | None,
) -> None:
    settings = container.settings()
    told_to_stop = stop_signal(log.reopen)
    # Everything is made here, before the first thread: see Container.
    meter = container.meter()
    aftermath = Aftermath(container.decision_log(), meter)
    committer = Committer(
        judge=container.judge_submissions(),
        aftermath=aftermath,
        encode=container.replies().of,
        options=CommitterOptions(
            lanes=settings.db_lanes,
            deadline=settings.request_deadline.total_seconds(),
        ),
    )
    container.pool()
    dispatchers = container.dispatchers()
    own_sender = sender_key(settings.mail_user) if settings.mail_user else None
    responder = QuotaResponder(committer, aftermath=aftermath, own_sender=own_sender)
    server = Server(responder)
    monitoring = http and Monitoring.of(
        container, http, committer=committer, responder=responder, server=server
    )
    # What is there now stays: not to be walked through again by each full
    # collection, which would hold up every request for as long.
    gc.freeze()
    committer.start()
    dispatchers.start()
    await server.listen(listeners)
    _log.info("%s", _summary(listeners, settings))
    if monitoring:
        monitoring.start()
    ending = threading.Event()
    # A daemon thread: a store that hangs must not keep us from ending.
    schema = threading.Thread(
        target=_schema_later, args=(container.migrator(), ending), daemon=True
    )
    if settings.db_auto_migrate:
        schema.start()
    await told_to_stop.wait()
    _log.info("stopping")
    ending.set()
    dispatchers.stop()
    await server.stop()
    await drain(committer)
    if not await asyncio.to_thread(dispatchers.join, STOP_SECONDS):
        _log.warning("ended while a notice was under way; it will be repeated")
    if monitoring:
        await asyncio.to_thread(monitoring.stop)
    if schema.is_alive():
        await asyncio.to_thread(schema.join, STOP_SECONDS)
    _log.info("stopped")


def _schema_later(migrator: Migrator, ending: threading.Event) -> None:
    """
    Bring the schema up once the store is there, if it was not at the start.
    """
    while not ending.is_set():
        try:
            migrator.apply()
        except StoreError:
            ending.wait(_SCHEMA_RETRY_SECONDS)
        except Exception:  # noqa: BLE001 - a bug; mail passes all the same
            _log.exception("cannot bring the schema up")
            return
        else:
            return


def _summary(listeners: list[Listener], settings: Settings) -> str:
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
