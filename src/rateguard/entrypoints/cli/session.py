"""What the commands of operators work with."""

from __future__ import annotations

import datetime as dt
import pwd
import sys
import time

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import attrs
import click

from rateguard.domain.errors import RateGuardError, StoreConflict, StoreOutdated
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import SenderQuery, SenderSort
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.container import StoreAccess
from rateguard.entrypoints.settings.environment import Loaded, SettingsError, load


FAILED = 1
"""Exit status: it could not be done."""

WRONG_SETTINGS = 2
"""Exit status: wrong settings, or a wrong command line."""


@contextmanager
def told() -> Iterator[None]:
    """Tell errors in a line each, not in a traceback."""
    try:
        yield
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"rateguard: {problem}", err=True)
        sys.exit(WRONG_SETTINGS)
    except BrokenPipeError:
        # Who reads our output has had enough: click ends us without a word.
        raise
    except (RateGuardError, OSError) as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            click.echo(f"rateguard: {line}", err=True)
        sys.exit(FAILED)


def warned(loaded: Loaded) -> Loaded:
    """Return the settings, after telling what is odd."""
    for warning in loaded.warnings:
        click.echo(f"rateguard: {warning}", err=True)
    return loaded


@attrs.frozen
class Desk:
    """The store, to look at."""

    loaded: Loaded
    access: StoreAccess

    def now(self) -> dt.datetime:
        """Return the time, aware and in UTC."""
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
        """Raise StoreOutdated where to ask would make a database."""
        if not self.access.dialect.exists():
            raise StoreOutdated(no_store(self.loaded))


def no_store(loaded: Loaded) -> str:
    """Return what to do where SQLite's file is not there."""
    path = Path(loaded.settings.db_database).absolute()
    return (
        f"{path}: there is no database yet; run: rateguard migrate,"
        " or, if it is elsewhere, name the settings with --env-file"
        f" (in use: {loaded.env_file or 'none'})"
    )


@contextmanager
def desk(env_file: Path | None) -> Iterator[Desk]:
    """Yield a desk, and tell what goes wrong at it."""
    with told():
        loaded = warned(load(env_file))
        access = StoreAccess(loaded.settings)
        try:
            yield Desk(loaded, access)
        finally:
            access.close()


def operator(environment: Mapping[str, str], uid: int) -> str:
    """Return who gives the orders: who he was before sudo, else his login name."""
    if environment.get("SUDO_USER"):
        return environment["SUDO_USER"]
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


CONFLICT_SECONDS = 60.0
"""How long one step is tried while others hold what it needs."""

_RETRY_PAUSE = 0.01
_SHORTEST_PAUSE = 0.002

_T = TypeVar("_T")


def patiently(step: Callable[[], _T]) -> _T:
    """
    Return what *step* does, once nobody is in its way; then rest for as long
    as it took, so that the daemon always gets its turn.

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


_HASTY = {"DB_TIMEOUT": "1"}
_MOST = 50


def senders(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Return names that begin so; none if the store cannot be asked at once."""
    env_file = context.find_root().params.get("env_file")
    try:
        return [name for name in _found(env_file, incomplete) if name.isprintable()]
    except (RateGuardError, OSError):
        return []


def _found(env_file: object, incomplete: str) -> Sequence[str]:
    # Only now: every command that has a sender imports this module.
    from pathlib import Path  # noqa: PLC0415

    from rateguard.entrypoints.container import StoreAccess  # noqa: PLC0415
    from rateguard.entrypoints.settings.environment import load, parse  # noqa: PLC0415

    loaded = load(Path(str(env_file)) if env_file else None)
    hasty = parse({**loaded.environment, **_HASTY})
    access = StoreAccess(hasty.settings)
    if not access.dialect.exists():
        return []
    asked = SenderQuery(
        beginning=sender_key(incomplete), sort=SenderSort.SENDER, limit=_MOST
    )
    # Not the one that is patient.
    with access.reading_unit() as unit:
        found = unit.reports.senders(asked, at=access.clock.now())
    return [entry.counter.sender for entry in found]
