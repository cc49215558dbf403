"""
What the commands of operators work with.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from rateguard.domain.errors import StoreOutdated
from rateguard.domain.ports import UnitOfWork
from rateguard.entrypoints.console import told, warned
from rateguard.entrypoints.container.access import StoreAccess
from rateguard.entrypoints.environment import Loaded, load


@attrs.frozen
class Desk:
    """
    The store, to look at.
    """

    loaded: Loaded
    access: StoreAccess

    def now(self) -> dt.datetime:
        """
        Return the time, aware and in UTC.
        """
        return self.access.clock.now()

    def looking(self) -> UnitOfWork:
        """
        Return a unit that only reads and makes nobody wait.

        Raises:
            StoreOutdated: there is no database yet; none is made.
        """
        self.require_store()
        return self.access.looking_unit()

    def require_store(self) -> None:
        """
        Raise StoreOutdated where to ask would make a database.
        """
        if not self.access.dialect.exists():
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
        loaded = warned(load(env_file))
        access = StoreAccess(loaded.settings)
        try:
            yield Desk(loaded, access)
        finally:
            access.close()
