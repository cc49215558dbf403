"""What a command is handed by the container, and how it ends when something fails."""

from __future__ import annotations

import datetime as dt
import pwd
import sys
import time

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs
import click

from rateguard.domain.errors import (
    RateGuardError,
    StoreConflict,
    StoreError,
    StoreOutdated,
    UnknownSender,
)
from rateguard.domain.escaping import escaped
from rateguard.domain.orders import Plan
from rateguard.domain.ports import Clock, Database, Notifier, UnitOfWork
from rateguard.entrypoints.cli.completion import did_you_mean, similar_senders
from rateguard.entrypoints.cli.listening import where_to_ask
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address
from rateguard.entrypoints.settings.environment import Loaded, SettingsError, load


if TYPE_CHECKING:
    from subprocess import CompletedProcess


FAILED = 1
"""Exit status: it could not be done."""

WRONG_SETTINGS = 2
"""Exit status: wrong settings, or a wrong command line."""

CONFLICT_SECONDS = 60.0
"""How long one step is retried while others hold what it needs."""

_RETRY_PAUSE = 0.01
_SHORTEST_PAUSE = 0.002

_LISTENING_SECONDS = 2.0
"""That systemctl has for each of two answers: somebody waits for ours."""

_T = TypeVar("_T")


class Sentry(Protocol):
    """Where errors are reported to."""

    def send_test(self) -> None:
        """
        Report an error that is none.

        Raises:
            DeliveryFailed: says why it did not arrive.
        """


@attrs.frozen
class Tools:
    """
    What is concrete, handed to the commands by the container. Each is made when it
    is called for: a query of the database does not wait for the libraries of mail.

    Attributes:
        ask: Sends a request to the policy service at a place; returns the action.
            Raises ``NoAnswer`` and ``BadRequest``.
        notifiers: Those who are told. Raises ``SettingsError``.
        policyd_rate_limit: Reads that program's settings, and its counts since a
            time; says what becomes of them. Raises ``SourceUnreadable``.
        probes: For notifiers of ours, what connects to the receiver and sends
            nothing. Raises ``DeliveryFailed``.
        run: Runs a program to its end. Raises ``CannotLook``.
        sentry: None if there is no SENTRY_DSN.
        serve: Guards until told to stop.
        systemd: The service manager; each of its answers may take so many seconds.
    """

    clock: Clock
    ask: Callable[..., str]
    database: Callable[[Settings], Database]
    notifiers: Callable[[Loaded], Sequence[Notifier]]
    policyd_rate_limit: Callable[..., Plan]
    probes: Callable[[Loaded], Mapping[str, Callable[[], None]]]
    run: Callable[[Sequence[str]], CompletedProcess[str]]
    sentry: Callable[[Settings], Sentry | None]
    serve: Callable[[Loaded], None]
    systemd: Callable[..., Any]


@attrs.frozen
class Session:
    """One call of a command."""

    tools: Tools
    env_file: Path | None = None

    def load(self) -> Loaded:
        """
        Return the settings, after telling what is odd.

        Raises:
            SettingsError: with everything that is wrong.
        """
        loaded = load(self.env_file)
        for warning in loaded.warnings:
            complain(warning)
        return loaded

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Yield a desk, and tell what goes wrong at it."""
        with told():
            loaded = self.load()
            database = self.tools.database(loaded.settings)
            desk = Desk(self.tools, loaded, database)
            try:
                yield desk
            except UnknownSender as error:
                raise desk.advised(error) from None
            finally:
                database.close()

    def where_to_ask(self, loaded: Loaded) -> Sequence[Address]:
        """Return where the daemon of these settings listens."""
        return where_to_ask(loaded, self.tools.systemd(seconds=_LISTENING_SECONDS))


@attrs.frozen
class Desk:
    """The database, to look at and to change."""

    tools: Tools
    loaded: Loaded
    database: Database

    def now(self) -> dt.datetime:
        """Return the time, aware and in UTC."""
        return self.tools.clock.now()

    def looking(self) -> UnitOfWork:
        """
        Return a unit that only reads and makes nobody wait.

        Raises:
            StoreOutdated: there is no database yet; none is made.
        """
        self.require_database()
        return self.database.looking_unit()

    def require_database(self) -> None:
        """Raise StoreOutdated where to ask would make a database."""
        if not self.database.exists():
            raise StoreOutdated(no_database(self.loaded))

    def advised(self, error: UnknownSender, *, creates: bool = False) -> UnknownSender:
        """
        Return the error with what can be done about it; *creates* if ``--create`` is
        an option.
        """
        try:
            with self.database.reading_unit() as unit:
                similar = similar_senders(unit, error.sender, self.now())
        except StoreError:
            similar = []
        advice = did_you_mean(map(escaped, similar))
        if creates:
            advice += " or " if advice else ""
            advice += "add --create to create it"
        return UnknownSender(error.sender, advice or "see rateguard sender list")


@contextmanager
def told() -> Iterator[None]:
    """Tell errors in a line each, not in a traceback."""
    try:
        yield
    except SettingsError as error:
        for problem in error.problems:
            complain(problem)
        sys.exit(WRONG_SETTINGS)
    except BrokenPipeError:
        # Who reads our output has had enough: click ends us without a word.
        raise
    except (RateGuardError, OSError) as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            complain(line)
        sys.exit(FAILED)


def complain(problem: str) -> None:
    """Tell one line about what is odd or wrong."""
    click.echo(f"rateguard: {problem}", err=True)


def no_database(loaded: Loaded) -> str:
    """Return what to do where SQLite's file is not there."""
    path = Path(loaded.settings.db_database).absolute()
    return (
        f"{path}: there is no database yet; run: rateguard migrate;"
        " if it is elsewhere, name the settings file with --env-file"
        f" (in use: {loaded.env_file or 'none'})"
    )


def operator(environment: Mapping[str, str], uid: int) -> str:
    """Return who gives the orders: the user before sudo, else the login name."""
    if environment.get("SUDO_USER"):
        return environment["SUDO_USER"]
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def retried(step: Callable[[], _T]) -> _T:
    """
    Return what *step* does, retried while somebody is in its way; then wait for as
    long as it took, so that the daemon always gets its turn.

    Raises:
        StoreConflict: somebody was in the way for too long.
    """
    give_up = time.monotonic() + CONFLICT_SECONDS
    while True:
        began = time.monotonic()
        try:
            done = step()
        except StoreConflict:
            if time.monotonic() > give_up:
                raise
            time.sleep(_RETRY_PAUSE)
        else:
            time.sleep(max(_SHORTEST_PAUSE, time.monotonic() - began))
            return done
