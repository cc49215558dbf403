"""
The schema of a daemon that starts.
"""

from __future__ import annotations

import asyncio
import logging
import threading

from rateguard.adapters.sql.migrate import Migrator
from rateguard.domain.errors import StoreError, StoreOutdated


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
    """
    Brings the schema up once the store is there, if it was not at the start.
    """

    def __init__(self, migrator: Migrator) -> None:
        self._migrator = migrator
        self._ending = threading.Event()
        # A daemon thread: a store that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """
        Begin.
        """
        self._thread.start()

    async def stop(self, patience: float) -> None:
        """
        Try no more; what is under way has *patience* seconds.
        """
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
