"""
The composition root: the only place that names concrete adapters and knows
which store runs.
"""

from __future__ import annotations

import logging
import random

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dependency_injector import containers, providers

from rateguard import __version__
from rateguard.adapters.clock import SystemClock
from rateguard.adapters.notify.mail.notifier import Mail, MailNotifier
from rateguard.adapters.notify.mail.text import MailTemplateWrong
from rateguard.adapters.notify.webhook.notifier import Webhook, WebhookNotifier
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
from rateguard.domain.ports import Clock, Notifier, UnitOfWork
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.deliver_notifications import DeliverNotifications
from rateguard.domain.usecases.judge_submissions import JudgeSubmissions
from rateguard.domain.usecases.purge_messages import PurgeMessages
from rateguard.domain.usecases.purge_notifications import PurgeNotifications
from rateguard.domain.usecases.reset_counters import ResetCounters
from rateguard.entrypoints.dispatcher import Dispatcher, Dispatchers
from rateguard.entrypoints.environment import SettingsError
from rateguard.entrypoints.plugins import plugged_in
from rateguard.entrypoints.settings import Settings


def _sqlite(settings: Settings) -> Dialect:
    timeout = min(settings.db_timeout.total_seconds(), LOCK_WAIT_SECONDS)
    return sqlite_dialect(Path(settings.db_database), busy_timeout=timeout)


_MIGRATION_SECONDS = 86400.0


def _mysql(settings: Settings, patience: float | None = None) -> Dialect:
    return mysql_dialect(
        MysqlServer(
            host=settings.db_host,
            port=settings.db_port,
            user=settings.db_user,
            password=settings.db_password or "",
            database=settings.db_database,
            timeout=settings.db_timeout.total_seconds(),
            patience=patience,
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


def _notifiers(
    settings: Settings, environment: Mapping[str, str], clock: Clock
) -> tuple[Notifier, ...]:
    """
    Raises:
        SettingsError: one of them cannot be made.
    """
    found: list[Notifier] = []
    if settings.webhook_enabled:
        webhook = Webhook(
            url=settings.webhook_url or "",
            secret=settings.webhook_secret or "",
            use_jwt=settings.webhook_use_jwt,
            version=__version__,
        )
        found.append(WebhookNotifier(webhook, clock))
    if settings.mail_enabled:
        try:
            found.append(MailNotifier(_mail(settings), clock))
        except MailTemplateWrong as error:
            raise SettingsError([f"MAIL_TEMPLATES: {error}"]) from error
    taken = ("webhook", "mail")
    return (*found, *plugged_in(environment, taken=taken))


def _mail(settings: Settings) -> Mail:
    return Mail(
        host=settings.mail_host,
        port=settings.mail_port,
        starttls=settings.mail_starttls,
        user=settings.mail_user or "",
        password=settings.mail_password or "",
        from_address=settings.mail_from or "",
        to=settings.mail_to or (),
        to_sender=settings.mail_to_sender,
        templates=settings.mail_templates,
    )


def _names(notifiers: Sequence[Notifier]) -> tuple[str, ...]:
    return tuple(notifier.name for notifier in notifiers)


def _dispatchers(
    notifiers: Sequence[Notifier], units: Callable[[], UnitOfWork], clock: Clock
) -> Dispatchers:
    return Dispatchers(
        [
            Dispatcher(DeliverNotifications(units, clock, notifier, random.random))
            for notifier in notifiers
        ]
    )


class Container(containers.DeclarativeContainer):
    """
    Everything that a command needs, made from the settings at first use.

    Singletons are not made thread-safely: resolve before starting threads.
    """

    settings = providers.Dependency(instance_of=Settings)
    environment = providers.Dependency(instance_of=dict)
    clock = providers.Singleton(SystemClock)
    dialect = providers.Selector(
        settings.provided.db_driver,
        sqlite3=providers.Singleton(_sqlite, settings),
        pymysql=providers.Singleton(_mysql, settings),
    )
    patient_dialect = providers.Selector(
        settings.provided.db_driver,
        sqlite3=dialect,
        pymysql=providers.Singleton(_mysql, settings, _MIGRATION_SECONDS),
    )
    migrator = providers.Singleton(
        Migrator,
        dialect=dialect,
        patient=patient_dialect,
        folder=providers.Callable(migrations_folder),
        database=settings.provided.db_database,
    )
    pool = providers.Singleton(
        ConnectionPool, dialect, providers.Callable(_limits, settings)
    )
    notifiers = providers.Singleton(_notifiers, settings, environment, clock)
    unit_of_work = providers.Factory(
        SqlUnitOfWork, pool, providers.Singleton(_names, notifiers)
    )
    # For those who cause no events: a notifier that cannot be made is nothing
    # to them.
    quiet_unit_of_work = providers.Factory(SqlUnitOfWork, pool)
    dispatchers = providers.Singleton(
        _dispatchers, notifiers, unit_of_work.provider, clock
    )
    newcomer = providers.Callable(QuotaPolicy.of, settings.provided.quota)
    judge_submissions = providers.Singleton(
        JudgeSubmissions,
        units=unit_of_work.provider,
        clock=clock,
        newcomer=newcomer,
        warn_at=settings.provided.warn_at,
        announce=dispatchers.provided.wake,
    )
    reset_counters = providers.Singleton(
        ResetCounters, units=quiet_unit_of_work.provider, clock=clock
    )
    purge_messages = providers.Singleton(
        PurgeMessages, units=quiet_unit_of_work.provider
    )
    purge_notifications = providers.Singleton(
        PurgeNotifications, units=quiet_unit_of_work.provider
    )
    replies = providers.Callable(_replies, settings)
    decision_log = providers.Singleton(
        DecisionLog, providers.Callable(logging.getLogger, "rateguard.decisions")
    )


def compose(
    settings: Settings, environment: Mapping[str, str] | None = None
) -> Container:
    """
    Return a container over these settings. *environment* holds all variables,
    for the notifiers of others.
    """
    return Container(
        settings=providers.Object(settings),
        environment=providers.Object(dict(environment or {})),
    )
