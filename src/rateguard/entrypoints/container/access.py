"""
The store and no more, for commands that look at it or change it.
"""

from __future__ import annotations

import functools

from pathlib import Path

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.sql.dialect import Dialect
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.pool import ConnectionPool
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.entrypoints.container.stores import (
    MIGRATION_SECONDS,
    dialect_of,
    looking_dialect_of,
    pool_limits,
)
from rateguard.entrypoints.settings import Settings


class StoreAccess:
    """
    Ways to the store that is set, each made at its first use.

    In plain Python: the library behind the container and what else the daemon
    is made of take longer to import than most queries take.

    Not made thread-safely: ask for what is needed before starting threads.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.clock = SystemClock()

    @functools.cached_property
    def dialect(self) -> Dialect:
        """
        With the timeouts that are set.
        """
        return dialect_of(self._settings)

    @functools.cached_property
    def pool(self) -> ConnectionPool:
        """
        For those who change something.
        """
        return ConnectionPool(self.dialect, pool_limits(self._settings))

    @functools.cached_property
    def looking_pool(self) -> ConnectionPool:
        """
        For operators, who may wait for an answer.
        """
        dialect = looking_dialect_of(self._settings)
        return ConnectionPool(dialect, pool_limits(self._settings))

    @functools.cached_property
    def migrator(self) -> Migrator:
        """
        What brings the schema up.
        """
        return Migrator(
            dialect=self.dialect,
            patient=dialect_of(self._settings, MIGRATION_SECONDS),
            folder=migrations_folder(),
            database=self._settings.db_database,
        )

    def unit(self) -> SqlUnitOfWork:
        """
        Return a unit of those who cause no events: a notifier that cannot be
        made is nothing to them.
        """
        return SqlUnitOfWork(self.pool)

    def reading_unit(self) -> SqlUnitOfWork:
        """
        Return a unit that only reads and makes nobody wait.
        """
        return SqlUnitOfWork(self.pool, reading=True)

    def looking_unit(self) -> SqlUnitOfWork:
        """
        Return the same for operators.
        """
        return SqlUnitOfWork(self.looking_pool, reading=True)

    def close(self) -> None:
        """
        Close all idle connections.
        """
        for name in ("pool", "looking_pool"):
            if name in self.__dict__:
                getattr(self, name).close()


def migrations_folder() -> Path:
    """
    Return where the migrations are: inside the installed package, or at the
    top of a checkout.
    """
    package = Path(__file__).parents[2]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"
