"""
What the commands of operators work with.
"""

from __future__ import annotations

import datetime as dt
import functools
import os

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from rateguard.domain.errors import StoreOutdated
from rateguard.domain.history import Change
from rateguard.domain.orders import Order
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.usecases.manage_sender import ManageSender
from rateguard.entrypoints.console import told, warned
from rateguard.entrypoints.container import Container
from rateguard.entrypoints.environment import Loaded, load
from rateguard.entrypoints.patience import patiently
from rateguard.entrypoints.who import operator


@attrs.frozen
class Desk:
    """
    The store, to look at and to give orders to.
    """

    loaded: Loaded
    container: Container

    def now(self) -> dt.datetime:
        """
        Return the time, aware and in UTC.
        """
        return self.container.clock().now()

    def looking(self) -> UnitOfWork:
        """
        Return a unit that only reads and makes nobody wait.

        Raises:
            StoreOutdated: there is no database yet; none is made.
        """
        self._require_store()
        return self.container.looking_unit_of_work()

    def order(
        self, sender: str, order: Order, *, reason: str, create: bool = False
    ) -> Change:
        """
        Carry out an order, once nobody is in the way.
        """
        manage = self._manage()
        return patiently(lambda: manage(sender, order, reason=reason, create=create))

    def remove(self, sender: str, *, reason: str) -> Change:
        """
        Forget a sender, his messages first.
        """
        manage = self._manage()
        done: int | None = 0
        position = 0
        while done is not None:
            position = done
            done = patiently(functools.partial(manage.let_go, sender, after=position))
        return patiently(lambda: manage.remove(sender, reason=reason, let_go=position))

    def _manage(self) -> ManageSender:
        self._require_store()
        by = operator(self.loaded.environment, os.getuid())
        return self.container.manage_sender(by=by)

    def _require_store(self) -> None:
        if not self.container.dialect().exists():
            raise StoreOutdated(no_store(self.loaded))


def no_store(loaded: Loaded) -> str:
    """
    Return what to do where SQLite's file is not there.
    """
    path = Path(loaded.settings.db_database).absolute()
    return (
        f"{path}: there is no database yet; run: rateguard migrate,"
        " or, if it is elsewhere, name the settings with --env-file"
        f" (in use: {loaded.env_file or 'none'})"
    )


@contextmanager
def desk(env_file: Path | None) -> Iterator[Desk]:
    """
    Yield a desk, and tell what goes wrong at it.
    """
    with told():
        loaded = load(env_file)
        container = warned(loaded)
        try:
            yield Desk(loaded, container)
        finally:
            container.pool().close()
            container.looking_pool().close()
