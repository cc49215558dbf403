"""
``rateguard serve``.
"""

from __future__ import annotations

import asyncio
import functools
import logging

from rateguard import __version__
from rateguard.adapters.sql.migrate import Migrator
from rateguard.domain.errors import StoreError, StoreOutdated, StoreUnavailable
from rateguard.entrypoints.committer import Committer, CommitterOptions
from rateguard.entrypoints.container import Container, compose
from rateguard.entrypoints.environment import Loaded
from rateguard.entrypoints.listener import Listener, SocketRights, open_listeners
from rateguard.entrypoints.logconfig import Log, start_log
from rateguard.entrypoints.responder import QuotaResponder
from rateguard.entrypoints.server import Server, drain, run, stop_signal
from rateguard.entrypoints.settings import Settings


_SCHEMA_RETRY_SECONDS = 2.0

_log = logging.getLogger(__name__)


def serve(loaded: Loaded) -> None:
    """
    Guard until told to stop.

    Raises:
        CannotListen: an address is not to be had.
        StoreOutdated: the schema is behind, and may not be brought up here.
        OSError: the log cannot be opened.
    """
    settings = loaded.settings
    container = compose(settings)
    log = start_log(settings)
    try:
        for warning in loaded.warnings:
            _log.warning("%s", warning)
        _bring_up_schema(container.migrator(), auto=settings.db_auto_migrate)
        rights = SocketRights(
            settings.socket_mode, settings.socket_owner, settings.socket_group
        )
        listeners = open_listeners(settings.socket, rights)
        run(functools.partial(_serve, container, listeners, log))
    finally:
        container.pool().close()
        log.stop()


def _bring_up_schema(migrator: Migrator, *, auto: bool) -> None:
    try:
        if auto:
            for migration in migrator.apply():
                _log.info("applied migration %s", migration)
            return
        pending = migrator.pending()
    except StoreUnavailable as error:
        # Whatever breaks, mail flows: it passes uncounted until the store is
        # back, and the lanes find that out by themselves.
        _log.error("cannot look at the schema: %s", error)
        return
    if pending:
        raise StoreOutdated(
            f"{len(pending)} migrations are pending; run: rateguard migrate"
        )


async def _serve(container: Container, listeners: list[Listener], log: Log) -> None:
    settings = container.settings()
    # Everything is made here, before the first thread: see Container.
    committer = Committer(
        judge=container.judge_submissions(),
        observer=container.decision_log(),
        encode=container.replies().of,
        options=CommitterOptions(
            lanes=settings.db_lanes,
            deadline=settings.request_deadline.total_seconds(),
        ),
    )
    container.pool()
    server = Server(QuotaResponder(committer))
    committer.start()
    await server.listen(listeners)
    _log.info("%s", _summary(listeners, settings))
    schema = asyncio.create_task(_schema_later(container, settings))
    await stop_signal(log.reopen)
    _log.info("stopping")
    schema.cancel()
    await server.stop()
    await drain(committer)
    _log.info("stopped")


async def _schema_later(container: Container, settings: Settings) -> None:
    """
    Bring the schema up once the store is there, if it was not at the start.
    """
    while settings.db_auto_migrate:
        try:
            await asyncio.to_thread(container.migrator().apply)
        except StoreError:
            await asyncio.sleep(_SCHEMA_RETRY_SECONDS)
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
