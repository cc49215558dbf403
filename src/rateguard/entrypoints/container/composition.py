"""
All that runs, put together.
"""

from __future__ import annotations

import logging
import platform

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dependency_injector import containers, providers

from rateguard import __version__
from rateguard.adapters.clock import SystemClock
from rateguard.adapters.observe.logline import DecisionLog
from rateguard.adapters.observe.metrics.tally import Tally
from rateguard.adapters.postfix.translate import Replies
from rateguard.adapters.sql.reports.glance import SqlGlance
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.domain.events import Event
from rateguard.domain.ports import Meter
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.import_senders import ImportSenders
from rateguard.domain.usecases.judge_submissions import JudgeSubmissions
from rateguard.domain.usecases.purge_messages import PurgeMessages
from rateguard.domain.usecases.purge_notifications import PurgeNotifications
from rateguard.domain.usecases.reset_counters import ResetCounters
from rateguard.domain.usecases.survey_store import SurveyStore
from rateguard.entrypoints.container.access import StoreAccess
from rateguard.entrypoints.settings import Settings


if TYPE_CHECKING:
    from rateguard.adapters.observe.metrics.vitals import Vitals
    from rateguard.entrypoints.daemon.dispatchers import Dispatchers


def _of_notifiers(name: str, *arguments: object) -> Any:  # noqa: ANN401
    """
    Call a function of ``container.notifiers``, which is imported only then:
    the libraries of mail and web take half a second, and a query of the
    database does not need them.
    """
    room = import_module("rateguard.entrypoints.container.notifiers")
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
