"""An SQL database as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.adapters.sql.dialect import Dialect
from rateguard.adapters.sql.glance import SqlGlance
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.pool import ConnectionPool, PoolLimits
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.domain.reports import Seen


@attrs.frozen(kw_only=True, eq=False)
class SqlDatabase:
    """
    Implements ``Database``. Pools are made at their first use, and not
    thread-safely.

    Attributes:
        dialect: For mail, with the timeouts that are set.
        looking: Returns the one for operators, who wait longer.
        altering: Returns the one for migrations, which take hours on large tables.
        limits: Of each pool.
        migrations: Holds a folder of migrations for each dialect.
        name: As yoyo needs it to list tables.
    """

    dialect: Dialect
    looking: Callable[[], Dialect]
    altering: Callable[[], Dialect]
    limits: PoolLimits
    migrations: Path
    name: str
    _pools: dict[str, ConnectionPool] = attrs.field(factory=dict, init=False)

    @property
    def schema(self) -> Migrator:
        """What brings its tables up."""
        return Migrator(
            dialect=self.dialect,
            patient=self.altering(),
            folder=self.migrations,
            database=self.name,
        )

    def exists(self) -> bool:
        """Whether there is one to connect to."""
        return self.dialect.exists()

    @property
    def pool(self) -> ConnectionPool:
        """The connections of mail."""
        return self._pool("mail", lambda: self.dialect)

    def unit(self, notifiers: Sequence[str] = ()) -> SqlUnitOfWork:
        """Return a unit of work; those named are told of its events."""
        return SqlUnitOfWork(self.pool, notifiers)

    def reading_unit(self) -> SqlUnitOfWork:
        """Return a unit that only reads and makes nobody wait."""
        return SqlUnitOfWork(self.pool, reading=True)

    def looking_unit(self) -> SqlUnitOfWork:
        """Return the same for operators."""
        return SqlUnitOfWork(self._pool("operators", self.looking), reading=True)

    def seen(self) -> Seen:
        """Return what it shows from outside."""
        return SqlGlance(self.dialect)()

    def close(self) -> None:
        """Close all idle connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, name: str, dialect: Callable[[], Dialect]) -> ConnectionPool:
        if name not in self._pools:
            self._pools[name] = ConnectionPool(dialect(), self.limits)
        return self._pools[name]
