"""
The composition root: the only place that names concrete adapters and knows
which store runs.
"""

from __future__ import annotations

import logging

from pathlib import Path

from dependency_injector import containers, providers

from rateguard.adapters.clock import SystemClock
from rateguard.adapters.observe.logline import DecisionLog
from rateguard.adapters.postfix.translate import Replies
from rateguard.adapters.sql.dialect import Dialect
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.mysql import (
    LOCK_WAIT_SECONDS,
    MysqlServer,
    mysql_dialect,
)
from rateguard.adapters.sql.pool import ConnectionPool, PoolLimits
from rateguard.adapters.sql.sqlite import sqlite_dialect
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.judge_submissions import JudgeSubmissions
from rateguard.domain.usecases.purge_messages import PurgeMessages
from rateguard.domain.usecases.reset_counters import ResetCounters
from rateguard.entrypoints.settings import Settings


def _sqlite(settings: Settings) -> Dialect:
    timeout = min(settings.db_timeout.total_seconds(), LOCK_WAIT_SECONDS)
    return sqlite_dialect(Path(settings.db_database), busy_timeout=timeout)


def _mysql(settings: Settings) -> Dialect:
    return mysql_dialect(
        MysqlServer(
            host=settings.db_host,
            port=settings.db_port,
            user=settings.db_user,
            password=settings.db_password or "",
            database=settings.db_database,
            timeout=settings.db_timeout.total_seconds(),
        )
    )


def _limits(settings: Settings) -> PoolLimits:
    return PoolLimits(
        mincached=settings.db_pool_mincached,
        maxcached=settings.db_pool_maxcached,
        maxshared=settings.db_pool_maxshared,
        maxusage=settings.db_pool_maxusage,
    )


def _replies(settings: Settings) -> Replies:
    return Replies(settings.action_accepted, settings.action_text_blocked)


def migrations_folder() -> Path:
    """
    Return where the migrations are: inside the installed package, or at the
    top of a checkout.
    """
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


class Container(containers.DeclarativeContainer):
    """
    Everything that a command needs, made from the settings at first use.

    Singletons are not made thread-safely: resolve before starting threads.
    """

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    dialect = providers.Selector(
        settings.provided.db_driver,
        sqlite3=providers.Singleton(_sqlite, settings),
        pymysql=providers.Singleton(_mysql, settings),
    )
    migrator = providers.Singleton(
        Migrator,
        dialect=dialect,
        folder=providers.Callable(migrations_folder),
        database=settings.provided.db_database,
    )
    pool = providers.Singleton(
        ConnectionPool, dialect, providers.Callable(_limits, settings)
    )
    unit_of_work = providers.Factory(SqlUnitOfWork, pool)
    newcomer = providers.Callable(QuotaPolicy.of, settings.provided.quota)
    judge_submissions = providers.Singleton(
        JudgeSubmissions,
        units=unit_of_work.provider,
        clock=clock,
        newcomer=newcomer,
    )
    reset_counters = providers.Singleton(
        ResetCounters, units=unit_of_work.provider, clock=clock
    )
    purge_messages = providers.Singleton(PurgeMessages, units=unit_of_work.provider)
    replies = providers.Callable(_replies, settings)
    decision_log = providers.Singleton(
        DecisionLog, providers.Callable(logging.getLogger, "rateguard.decisions")
    )


def compose(settings: Settings) -> Container:
    """
    Return a container over these settings.
    """
    return Container(settings=providers.Object(settings))
