"""
``rateguard serve``.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import logging
import os

from collections.abc import Sequence

from rateguard import __version__
from rateguard.entrypoints.container.composition import Container, compose
from rateguard.entrypoints.daemon.guard import Guard
from rateguard.entrypoints.daemon.lifecycle import (
    run,
    stop_signal,
)
from rateguard.entrypoints.daemon.listener import (
    Listener,
    close_all,
    open_listeners,
)
from rateguard.entrypoints.daemon.schema import bring_up_schema
from rateguard.entrypoints.daemon.socket_rights import SocketRights
from rateguard.entrypoints.environment import Loaded
from rateguard.entrypoints.log.config import Log, start_log
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.systemd.service import Service


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
    from rateguard.entrypoints.sentry import start_sentry  # noqa: PLC0415 - slow

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
