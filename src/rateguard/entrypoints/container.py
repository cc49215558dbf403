"""All that runs, put together."""

from __future__ import annotations

import functools
import logging
import platform
import random

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dependency_injector import containers, providers

from rateguard import __version__
from rateguard.adapters.clock import SystemClock
from rateguard.adapters.observe.logline import DecisionLog
from rateguard.adapters.observe.metrics.tally import Tally
from rateguard.adapters.postfix.translate import Replies
from rateguard.adapters.sql.dialect import LOCK_WAIT_SECONDS, Dialect
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.pool import ConnectionPool, PoolLimits
from rateguard.adapters.sql.reports.senders import SqlGlance
from rateguard.adapters.sql.sqlite import sqlite_dialect, sqlite_looking
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.domain.events import Event
from rateguard.domain.ports import Clock, Meter, Notifier, UnitOfWork
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.cleanup import (
    PurgeMessages,
    PurgeNotifications,
    ResetCounters,
)
from rateguard.domain.usecases.import_ import ImportSenders
from rateguard.domain.usecases.judge import JudgeSubmissions
from rateguard.domain.usecases.look import SurveyStore
from rateguard.domain.usecases.notify import DeliverNotifications
from rateguard.entrypoints.daemon.notifications import Dispatcher, Dispatchers
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.environment import SettingsError


if TYPE_CHECKING:
    from rateguard.adapters.observe.metrics.exposition import Vitals


def sqlite_of(settings: Settings, *, looking: bool = False) -> Dialect:
    """Return SQLite over the file that is set."""
    timeout = min(settings.db_timeout.total_seconds(), LOCK_WAIT_SECONDS)
    made = sqlite_looking if looking else sqlite_dialect
    return made(Path(settings.db_database), busy_timeout=timeout)


MIGRATION_SECONDS = 86400.0
"""Altering a large table may take so long."""

LOOKING_SECONDS = 60.0
"""An operator may wait so long for an answer."""


def mysql_of(settings: Settings, patience: float | None = None) -> Dialect:
    """Return the server that is set; *patience* is that of ``MysqlServer``."""
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
    """Return the store that is set; a server has *patience* for each read."""
    if settings.db_driver == "sqlite3":
        return sqlite_of(settings)
    return mysql_of(settings, patience)


def looking_dialect_of(settings: Settings) -> Dialect:
    """Return the store that is set, for operators who look at all of it."""
    if settings.db_driver == "sqlite3":
        return sqlite_of(settings, looking=True)
    return mysql_of(settings, LOOKING_SECONDS)


def pool_limits(settings: Settings) -> PoolLimits:
    """Return the limits that are set."""
    return PoolLimits(
        mincached=settings.db_pool_mincached,
        maxcached=settings.db_pool_maxcached,
        maxshared=settings.db_pool_maxshared,
        maxusage=settings.db_pool_maxusage,
    )


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
        """With the timeouts that are set."""
        return dialect_of(self._settings)

    @functools.cached_property
    def pool(self) -> ConnectionPool:
        """For those who change something."""
        return ConnectionPool(self.dialect, pool_limits(self._settings))

    @functools.cached_property
    def looking_pool(self) -> ConnectionPool:
        """For operators, who may wait for an answer."""
        dialect = looking_dialect_of(self._settings)
        return ConnectionPool(dialect, pool_limits(self._settings))

    @functools.cached_property
    def migrator(self) -> Migrator:
        """What brings the schema up."""
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
        """Return a unit that only reads and makes nobody wait."""
        return SqlUnitOfWork(self.pool, reading=True)

    def looking_unit(self) -> SqlUnitOfWork:
        """Return the same for operators."""
        return SqlUnitOfWork(self.looking_pool, reading=True)

    def close(self) -> None:
        """Close all idle connections."""
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


def _of_notifiers(name: str, *arguments: object) -> Any:  # noqa: ANN401
    """
    Call a function of ``container.notifiers``, which is imported only then:
    the libraries of mail and web take half a second, and a query of the
    database does not need them.
    """
    room = import_module("rateguard.entrypoints.container")
    return getattr(room, name)(*arguments)


def _replies(settings: Settings) -> Replies:
    return Replies(settings.action_accepted, settings.action_text_blocked)


def _meter(settings: Settings, tally: Tally) -> Meter | None:
    return None if settings.metrics_listen is None else tally


def _exposition(tally: Tally, settings: Settings, vitals: Vitals) -> Any:  # noqa: ANN401
    # Prometheus's library is imported only where somebody watches.
    room = import_module("rateguard.adapters.observe.metrics.exposition")
    build = {
        "version": __version__,
        "python": platform.python_version(),
        "store": settings.db_driver,
    }
    return room.Exposition(tally, vitals, build=build)


def _announcement(
    dispatchers: Dispatchers, meter: Meter | None
) -> Callable[[Sequence[Event]], None]:
    def announce(events: Sequence[Event]) -> None:
        dispatchers.wake()
        if meter is not None:
            meter.crossed(events)

    return announce


class Container(containers.DeclarativeContainer):
    """
    Everything that a command needs, made from the settings at first use.

    Singletons are not made thread-safely: resolve before starting threads.
    """

    settings = providers.Dependency(instance_of=Settings)
    environment = providers.Dependency(instance_of=dict)
    clock = providers.Singleton(SystemClock)
    access = providers.Singleton(StoreAccess, settings)
    dialect = access.provided.dialect
    pool = access.provided.pool
    migrator = access.provided.migrator
    glance = providers.Singleton(SqlGlance, dialect)
    notifiers = providers.Singleton(
        _of_notifiers, "notifiers_of", settings, environment, clock
    )
    unit_of_work = providers.Factory(
        SqlUnitOfWork, pool, providers.Singleton(_of_notifiers, "names_of", notifiers)
    )
    # For those who cause no events: a notifier that cannot be made is nothing
    # to them.
    quiet_unit_of_work = providers.Factory(SqlUnitOfWork, pool)
    reading_unit_of_work = providers.Factory(SqlUnitOfWork, pool, reading=True)
    dispatchers = providers.Singleton(
        _of_notifiers, "dispatchers_of", notifiers, unit_of_work.provider, clock
    )
    tally = providers.Singleton(Tally)
    # None where nobody watches.
    meter = providers.Callable(_meter, settings, tally)
    exposition = providers.Callable(_exposition, tally, settings)
    newcomer = providers.Callable(QuotaPolicy.of, settings.provided.quota)
    judge_submissions = providers.Singleton(
        JudgeSubmissions,
        units=unit_of_work.provider,
        clock=clock,
        newcomer=newcomer,
        warn_at=settings.provided.warn_at,
        announce=providers.Callable(_announcement, dispatchers, meter),
    )
    reset_counters = providers.Singleton(
        ResetCounters, units=quiet_unit_of_work.provider, clock=clock
    )
    import_senders = providers.Factory(
        ImportSenders, units=quiet_unit_of_work.provider, clock=clock, newcomer=newcomer
    )
    purge_messages = providers.Singleton(
        PurgeMessages, units=quiet_unit_of_work.provider
    )
    purge_notifications = providers.Singleton(
        PurgeNotifications, units=quiet_unit_of_work.provider
    )
    survey_store = providers.Singleton(
        SurveyStore, units=reading_unit_of_work.provider, clock=clock
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


GROUP = "rateguard.notifiers"
"""
The group of entry points. Each names a callable that is given all variables,
of the environment and the settings file, and returns a ``Notifier``, or None
when its own settings say that it is not wanted.
"""

MAX_NAME_LENGTH = 64


def plugged_in(
    environment: Mapping[str, str], *, taken: Collection[str]
) -> list[Notifier]:
    """
    Return the notifiers of other packages that are wanted.

    Raises:
        SettingsError: one of them cannot be made; its text says which.
    """
    found: list[Notifier] = []
    for point in sorted(metadata.entry_points(group=GROUP)):
        try:
            notifier = point.load()(environment)
        except Exception as error:
            raise SettingsError([f"notifier {point.name}: {error!r}"]) from error
        if notifier is not None:
            names = {*taken, *(each.name for each in found)}
            problems = list(_problems(point.name, notifier, names))
            if problems:
                raise SettingsError(problems)
            found.append(notifier)
    return found


def _problems(point: str, notifier: Notifier, taken: Collection[str]) -> Iterator[str]:
    name = getattr(notifier, "name", None)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_LENGTH:
        yield f"notifier {point}: its name has to be text of up to 64 characters"
    elif name in taken:
        yield f"notifier {point}: another notifier has the name {name}"
    if not callable(getattr(notifier, "deliver", None)):
        yield f"notifier {point}: it has no deliver()"


def notifiers_of(
    settings: Settings, environment: Mapping[str, str], clock: Clock
) -> tuple[Notifier, ...]:
    """
    Return those who are told, our own first.

    Raises:
        SettingsError: one of them cannot be made.
    """
    found: list[Notifier] = []
    if settings.webhook_enabled:
        found.append(_webhook(settings, clock))
    if settings.mail_enabled:
        found.append(_mail(settings, clock))
    taken = ("webhook", "mail")
    return (*found, *plugged_in(environment, taken=taken))


def _webhook(settings: Settings, clock: Clock) -> Notifier:
    from rateguard.adapters.notify.webhook import notifier  # noqa: PLC0415

    webhook = notifier.Webhook(
        url=settings.webhook_url or "",
        secret=settings.webhook_secret or "",
        use_jwt=settings.webhook_use_jwt,
        version=__version__,
    )
    return notifier.WebhookNotifier(webhook, clock)


def _mail(settings: Settings, clock: Clock) -> Notifier:
    from rateguard.adapters.notify.mail import notifier, text  # noqa: PLC0415

    mail = notifier.Mail(
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
    try:
        return notifier.MailNotifier(mail, clock)
    except text.MailTemplateWrong as error:
        raise SettingsError([f"MAIL_TEMPLATES: {error}"]) from error


def names_of(notifiers: Sequence[Notifier]) -> tuple[str, ...]:
    """Return what they are called in the outbox."""
    return tuple(notifier.name for notifier in notifiers)


def dispatchers_of(
    notifiers: Sequence[Notifier], units: Callable[[], UnitOfWork], clock: Clock
) -> Dispatchers:
    """Return a dispatcher for each notifier."""
    return Dispatchers(
        [
            Dispatcher(DeliverNotifications(units, clock, notifier, random.random))
            for notifier in notifiers
        ]
    )
