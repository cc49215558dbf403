"""
The composition root: the only place that names concrete adapters.

Factories in plain Python serve the commands and the daemon. What takes long to
import is imported where it is made, so that a query of the database waits for
neither the libraries of mail nor the container of the daemon.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import logging
import platform
import random

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rateguard import __version__
from rateguard.adapters.clock import SystemClock
from rateguard.adapters.postfix.client import ask
from rateguard.adapters.sql.database import SqlDatabase
from rateguard.adapters.sql.dialect import LOCK_WAIT_SECONDS, Dialect
from rateguard.adapters.sql.pool import PoolLimits
from rateguard.adapters.sql.sqlite import sqlite_dialect
from rateguard.domain.orders import Plan
from rateguard.domain.ports import Clock, Notifier
from rateguard.entrypoints.cli import main as command_line
from rateguard.entrypoints.cli.session import Session, Tools
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.environment import Loaded, SettingsError


if TYPE_CHECKING:
    import subprocess

    from dependency_injector import containers

    from rateguard.adapters.sentry.client import Sentry
    from rateguard.adapters.systemd import Systemd


def main() -> None:
    command_line.main(obj=session(), prog_name="rateguard")


def session() -> Session:
    clock = SystemClock()
    return Session(
        Tools(
            clock=clock,
            ask=ask,
            database=database_of,
            notifiers=functools.partial(_punctual, clock=clock),
            policyd_rate_limit=policyd_rate_limit,
            probes=functools.partial(probes_of, clock=clock),
            run=run,
            sentry=sentry_of,
            serve=serve,
            systemd=systemd_of,
        )
    )


# The database.

ALTERING_SECONDS = 86400.0
"""Altering a large table may take so long."""

LOOKING_SECONDS = 60.0
"""An operator may wait so long for an answer."""


def database_of(settings: Settings) -> SqlDatabase:
    """Return the database that is set; nothing is connected yet."""
    server = settings.db_driver != "sqlite3"
    dialect = functools.partial(_mysql if server else _sqlite, settings)
    return SqlDatabase(
        dialect=dialect(),
        looking=functools.partial(dialect, LOOKING_SECONDS),
        altering=functools.partial(dialect, ALTERING_SECONDS) if server else dialect,
        limits=PoolLimits(
            mincached=settings.db_pool_mincached,
            maxcached=settings.db_pool_maxcached,
            maxusage=settings.db_pool_maxusage,
        ),
        migrations=migrations_folder(),
        name=settings.db_database,
    )


def _sqlite(settings: Settings, looking: float | None = None) -> Dialect:
    timeout = min(settings.db_timeout.total_seconds(), LOCK_WAIT_SECONDS)
    path = Path(settings.db_database)
    return sqlite_dialect(path, busy_timeout=timeout, looking=looking is not None)


def _mysql(settings: Settings, patience: float | None = None) -> Dialect:
    from rateguard.adapters.sql import mysql

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


def migrations_folder() -> Path:
    """Return where the migrations are: in the installed package, or a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


# Who is told.

NOTIFIERS = "rateguard.notifiers"
"""
The group of entry points. Each names a callable that is given all variables,
of the environment and the settings file, and returns a ``Notifier``, or None
when its own settings say that it is not wanted.
"""

MAX_NAME_LENGTH = 64


def notifiers_of(loaded: Loaded, clock: Clock) -> tuple[Notifier, ...]:
    """
    Return those who are told, our own first.

    Raises:
        SettingsError: one of them cannot be made.
    """
    settings = loaded.settings
    found: list[Notifier] = []
    if settings.webhook_enabled:
        found.append(_webhook(settings, clock))
    if settings.mail_enabled:
        found.append(_mail(settings, clock))
    return (*found, *plugged_in(loaded.environment, taken=("webhook", "mail")))


def _punctual(loaded: Loaded, clock: Clock) -> tuple[Notifier, ...]:
    """Return the same for commands: a receiver that hangs holds none of them up."""
    from rateguard.entrypoints.daemon.notifications import Punctual

    return tuple(map(Punctual, notifiers_of(loaded, clock)))


def probes_of(loaded: Loaded, clock: Clock) -> dict[str, Callable[[], None]]:
    """Return what connects to the receivers of our own notifiers, by name."""
    made = notifiers_of(loaded, clock)
    return {each.name: each.probe for each in made if hasattr(each, "probe")}


def _webhook(settings: Settings, clock: Clock) -> Notifier:
    from rateguard.adapters.notify.webhook import notifier

    webhook = notifier.Webhook(
        url=settings.webhook_url or "",
        secret=settings.webhook_secret or "",
        use_jwt=settings.webhook_use_jwt,
        version=__version__,
    )
    return notifier.WebhookNotifier(webhook, clock)


def _mail(settings: Settings, clock: Clock) -> Notifier:
    from rateguard.adapters.notify.mail import notifier, server, text

    mail_server = server.MailServer(
        host=settings.mail_host,
        port=settings.mail_port,
        starttls=settings.mail_starttls,
        user=settings.mail_user or "",
        password=settings.mail_password or "",
    )
    try:
        texts = text.MailTexts(settings.mail_templates)
    except text.MailTemplateWrong as error:
        raise SettingsError([f"MAIL_TEMPLATES: {error}"]) from error
    return notifier.MailNotifier(
        mail_server,
        clock,
        texts,
        from_address=settings.mail_from or "",
        to=settings.mail_to or (),
        to_sender=settings.mail_to_sender,
    )


def plugged_in(
    environment: Mapping[str, str], *, taken: Collection[str]
) -> list[Notifier]:
    """
    Return the notifiers of other packages that are wanted.

    Raises:
        SettingsError: one of them cannot be made; its text says which.
    """
    from importlib import metadata

    found: list[Notifier] = []
    for point in sorted(metadata.entry_points(group=NOTIFIERS)):
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


def sentry_of(settings: Settings) -> Sentry | None:
    """Return where errors are reported to from now on; None without SENTRY_DSN."""
    if settings.sentry_dsn is None:
        return None
    from rateguard.adapters.sentry.client import start_sentry

    return start_sentry(
        dsn=settings.sentry_dsn,
        environment=settings.sentry_environment,
        release=__version__,
        secrets=settings.secrets(),
    )


def systemd_of(seconds: float | None = None) -> Systemd:
    """Return the service manager; each of its answers may take *seconds*."""
    from rateguard.adapters import systemd

    if seconds is None:
        return systemd.Systemd()
    return systemd.Systemd(functools.partial(systemd.run, seconds=seconds))


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of this machine to its end."""
    from rateguard.adapters import systemd

    return systemd.run(command)


# Other programs.

FOREIGN_SECONDS = 600.0
"""Reading a day's counts may take so long."""


def policyd_rate_limit(config: Path, *, since: dt.datetime | None, period: int) -> Plan:
    """
    Return what policyd-rate-limit's settings mean here, and what it counted since
    then; with None its counts are not read.

    Raises:
        SourceUnreadable: with a line for each thing that is wrong.
    """
    from rateguard.adapters.policyd_rate_limit import planned, read
    from rateguard.adapters.sql import foreign, mysql

    settings = read(config)
    counts, usages = settings.counts, []
    if since is not None and counts.backend == "sqlite":
        usages = foreign.sqlite_mail_counts(counts.sqlite_file(), since=since)
    elif since is not None and counts.backend == "mysql":
        server = mysql.MysqlServer(**counts.mysql_login(), patience=FOREIGN_SECONDS)
        usages = foreign.mysql_mail_counts(server, since=since)
    return planned(settings, usages, period=period)


# The daemon.


def serve(loaded: Loaded) -> None:
    """
    Guard until told to stop.

    Raises:
        CannotListen: an address is not to be had.
        CannotLog: the log cannot be opened.
        SettingsError: a notifier cannot be made.
        StoreOutdated: the schema is behind, and may not be brought up here.
    """
    from rateguard.entrypoints.daemon.application import Parts, run

    made = daemon_container(loaded)
    settings = loaded.settings
    # Before anything is begun: one that cannot be made is a wrong setting.
    made.notifiers()
    parts = Parts(
        schema=made.database().schema,
        guard=lambda service: made.guard(service=service),
        sentry=lambda: sentry_of(settings) or contextlib.nullcontext(),
    )
    try:
        run(loaded, parts)
    finally:
        made.database().close()


def daemon_container(loaded: Loaded) -> containers.DynamicContainer:
    """
    Return the container of the daemon, each part made at its first use. Its
    singletons are not made thread-safely: ``guard`` is resolved before the first
    thread, and in the running event loop.
    """
    from dependency_injector import containers, providers

    from rateguard.adapters.observe.logline import DecisionLog
    from rateguard.adapters.observe.tally import Tally
    from rateguard.adapters.postfix import codec, translate
    from rateguard.domain.quota import QuotaPolicy
    from rateguard.domain.submission import sender_key
    from rateguard.domain.usecases.judge import JudgeSubmissions
    from rateguard.entrypoints.daemon import application, responder
    from rateguard.entrypoints.daemon.committer import AfterReply, Committer
    from rateguard.entrypoints.daemon.server import Server

    settings, single = loaded.settings, providers.Singleton
    deadline = settings.request_deadline.total_seconds()
    made = containers.DynamicContainer()
    made.clock = single(SystemClock)
    made.database = single(database_of, settings)
    made.notifiers = single(notifiers_of, loaded, made.clock)
    made.units = single(_units, made.database, made.notifiers)
    made.dispatchers = single(_dispatchers, made.notifiers, made.units, made.clock)
    made.tally = single(Tally)
    made.meter = single(_meter, settings, made.tally)
    made.judge = single(
        JudgeSubmissions,
        units=made.units,
        clock=made.clock,
        newcomer=QuotaPolicy.of(settings.quota),
        warn_at=settings.warn_at,
        announce=single(_announcement, made.dispatchers, made.meter),
    )
    made.after_reply = single(
        AfterReply, DecisionLog(logging.getLogger("rateguard.decisions")), made.meter
    )
    made.committer = single(
        Committer,
        judge=made.judge,
        after_reply=made.after_reply,
        encode=translate.Replies(
            settings.action_accepted,
            blocked=settings.action_text_blocked,
            suspended=settings.action_text_suspended,
        ).of,
        lanes=settings.db_lanes,
        deadline=deadline,
    )
    made.responder = single(
        responder.QuotaResponder,
        made.committer,
        after_reply=made.after_reply,
        translation=responder.Translation(
            translate.submission_of, translate.misplaced_stage, translate.NOT_OURS
        ),
        own_sender=sender_key(settings.mail_user) if settings.mail_user else None,
    )
    made.server = single(Server, made.responder, codec.PolicyReceiver)
    made.monitoring = single(_monitoring, settings, providers.Object(made))
    made.guard = single(
        application.Guard,
        committer=made.committer,
        dispatchers=made.dispatchers,
        server=made.server,
        deadline=deadline,
        monitoring=made.monitoring,
    )
    return made


def _units(database: SqlDatabase, notifiers: Sequence[Notifier]) -> Callable[[], Any]:
    return functools.partial(database.unit, [each.name for each in notifiers])


def _dispatchers(
    notifiers: Sequence[Notifier], units: Callable[[], Any], clock: Clock
) -> Any:
    from rateguard.domain.usecases.notify import DeliverNotifications
    from rateguard.entrypoints.daemon import notifications

    return notifications.Dispatchers(
        [
            DeliverNotifications(units, clock, notifier, random.random)
            for notifier in notifiers
        ]
    )


def _meter(settings: Settings, tally: Any) -> Any:
    return None if settings.metrics_listen is None else tally


def _announcement(dispatchers: Any, meter: Any) -> Callable[[Sequence[Any]], None]:
    def announce(events: Sequence[Any]) -> None:
        dispatchers.wake()
        if meter is not None:
            meter.crossed(events)

    return announce


def _monitoring(settings: Settings, made: Any) -> Any:
    if settings.metrics_listen is None:
        return None
    import asyncio

    from rateguard.adapters.observe import exposition
    from rateguard.domain.usecases.look import SurveyStore
    from rateguard.entrypoints.daemon import metrics_server, monitoring

    tally, committer, responder = made.tally(), made.committer(), made.responder()
    surveyor = monitoring.Surveyor(
        SurveyStore(made.database().reading_unit, made.clock())
    )

    def store_up() -> bool:
        return bool(tally.store_judges() and surveyor.store_answers())

    vitals = exposition.Vitals(
        connections=made.server().connections,
        waiting=committer.waiting,
        ignored=lambda: responder.ignored,
        store_errors=committer.store_errors,
        deliveries=made.dispatchers().outcomes,
        store_up=store_up,
        survey=surveyor.latest,
    )
    build = {
        "version": __version__,
        "python": platform.python_version(),
        "store": settings.db_driver,
    }
    pages = metrics_server.Pages(
        exposition.Exposition(tally, vitals, build=build),
        functools.partial(monitoring.has_pulse, asyncio.get_running_loop()),
        store_up,
    )
    listen = functools.partial(metrics_server.open_http, settings.metrics_listen)
    return monitoring.Monitoring(surveyor, metrics_server.MetricsServer(listen, pages))
