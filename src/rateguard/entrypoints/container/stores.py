"""
From the settings to a store.
"""

from __future__ import annotations

from pathlib import Path

from rateguard.adapters.sql.dialect import LOCK_WAIT_SECONDS, Dialect
from rateguard.adapters.sql.pool import PoolLimits
from rateguard.adapters.sql.sqlite import sqlite_dialect, sqlite_looking
from rateguard.entrypoints.settings import Settings


def sqlite_of(settings: Settings, *, looking: bool = False) -> Dialect:
    """
    Return SQLite over the file that is set.
    """
    timeout = min(settings.db_timeout.total_seconds(), LOCK_WAIT_SECONDS)
    made = sqlite_looking if looking else sqlite_dialect
    return made(Path(settings.db_database), busy_timeout=timeout)


MIGRATION_SECONDS = 86400.0
"""Altering a large table may take so long."""

LOOKING_SECONDS = 60.0
"""An operator may wait so long for an answer."""


def mysql_of(settings: Settings, patience: float | None = None) -> Dialect:
    """
    Return the server that is set; *patience* is that of ``MysqlServer``.
    """
    from rateguard.adapters.sql import mysql  # noqa: PLC0415 - SQLite needs it not

    return mysql.mysql_dialect(
        mysql.MysqlServer(
            host=settings.db_host,
            port=settings.db_port,
            user=settings.db_user,
            password=settings.db_password or "",
            database=settings.db_database,
            timeout=settings.db_timeout.total_seconds(),
            patience=patience,
        )
    )


def dialect_of(settings: Settings, patience: float | None = None) -> Dialect:
    """
    Return the store that is set; a server has *patience* for each read.
    """
    if settings.db_driver == "sqlite3":
        return sqlite_of(settings)
    return mysql_of(settings, patience)


def looking_dialect_of(settings: Settings) -> Dialect:
    """
    Return the store that is set, for operators who look at all of it.
    """
    if settings.db_driver == "sqlite3":
        return sqlite_of(settings, looking=True)
    return mysql_of(settings, LOOKING_SECONDS)


def pool_limits(settings: Settings) -> PoolLimits:
    """
    Return the limits that are set.
    """
    return PoolLimits(
        mincached=settings.db_pool_mincached,
        maxcached=settings.db_pool_maxcached,
        maxshared=settings.db_pool_maxshared,
        maxusage=settings.db_pool_maxusage,
    )
