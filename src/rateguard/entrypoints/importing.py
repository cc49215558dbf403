"""
``rateguard import``: from another program's files to senders.
"""

from __future__ import annotations

import datetime as dt
import functools

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rateguard.adapters.imports.policyd_rate_limit import Counts, Plan, planned, read
from rateguard.adapters.sql.foreign import mysql_mail_counts, sqlite_mail_counts
from rateguard.adapters.sql.mysql import MysqlServer
from rateguard.domain.arrival import Arrival, Usage
from rateguard.domain.errors import SourceUnreadable
from rateguard.domain.usecases.import_senders import Imported, ImportSenders
from rateguard.entrypoints.cleanup import start_of_day
from rateguard.entrypoints.patience import patiently


CHUNK = 200
"""Senders in one unit of work."""

_DAY = 86400
_PATIENCE = 600.0
"""Seconds for reading a day's counts."""

_MYSQL_OPTIONS: Mapping[str, tuple[tuple[str, ...], type]] = {
    "host": (("unix_socket", "host"), str),
    "port": (("port",), int),
    "user": (("user",), str),
    "password": (("passwd", "password"), str),
    "database": (("db", "database"), str),
}
"""MysqlServer's names, and MySQLdb's for the same, and what they are."""


def from_policyd_rate_limit(
    config: Path, *, now: dt.datetime, period: int = _DAY, counters: bool = True
) -> Plan:
    """
    Return what policyd-rate-limit's settings, and what it counted in the
    *period* of so many seconds that *now*, an aware local time, is in, mean
    here.

    Raises:
        SourceUnreadable: with a line for each thing that is wrong.
    """
    settings = read(config)
    since = period_start(now, period)
    usages = _usages(settings.counts, since) if counters else []
    return planned(settings, usages, period=period)


def period_start(now: dt.datetime, period: int) -> dt.datetime:
    """
    Return when the period began, if the counters are reset at midnight or,
    with a shorter period, once a period from midnight on.
    """
    midnight = start_of_day(now)
    if period > _DAY:
        return midnight - dt.timedelta(seconds=period - _DAY)
    passed = (now - midnight).total_seconds()
    return midnight + dt.timedelta(seconds=passed // period * period)


def _usages(counts: Counts, since: dt.datetime) -> list[Usage]:
    if counts.backend == "sqlite":
        path = counts.options.get("database")
        if not isinstance(path, str):
            raise SourceUnreadable("sqlite_config: expected the path of a database")
        return sqlite_mail_counts(Path(path), since=since)
    if counts.backend == "mysql":
        return mysql_mail_counts(_server(counts.options), since=since)
    return []


def _server(options: Mapping[str, Any]) -> MysqlServer:
    found: dict[str, Any] = {"host": "localhost", "port": 3306, "password": ""}
    problems = []
    for ours, (names, kind) in _MYSQL_OPTIONS.items():
        name = next((each for each in names if each in options), None)
        if name is None:
            if ours not in found:
                problems.append(f"mysql_config: expected {' or '.join(names)}")
        elif isinstance(options[name], kind):
            found[ours] = options[name]
        else:
            # Not shown: it may be the password.
            expected = "a number" if kind is int else "text, in quotes"
            problems.append(f"mysql_config: {name}: expected {expected}")
    if problems:
        raise SourceUnreadable("\n".join(problems))
    return MysqlServer(**found, patience=_PATIENCE)


def imported(
    take_over: ImportSenders,
    arrivals: Sequence[Arrival],
    *,
    reason: str,
    force: bool = False,
    dry_run: bool = False,
) -> Iterator[Imported]:
    """
    Take over all, in chunks, and rest after each: the daemon goes on beside.

    Raises:
        StoreError: some are left to do; run it again.
    """
    for start in range(0, len(arrivals), CHUNK):
        step = functools.partial(
            take_over.step,
            arrivals[start : start + CHUNK],
            reason=reason,
            force=force,
            dry_run=dry_run,
        )
        yield from patiently(step)
