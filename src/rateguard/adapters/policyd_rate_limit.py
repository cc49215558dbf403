"""
Reads policyd-rate-limit's settings and says what they and its counts mean here.

Its limits are lists of a count and seconds, for everybody and for single names; it
keeps a row for each message that passed. Source: its README and the comments in
its sample settings, version 1.2.
"""

from __future__ import annotations

import ipaddress

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import yaml

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.errors import SourceUnreadable
from rateguard.domain.escaping import escaped
from rateguard.domain.orders import Arrival, Plan, Usage
from rateguard.domain.submission import sender_key


# By the number that ``backend`` is: what it is, and where its options are.
_BACKENDS = (
    ("sqlite", "sqlite_config"),
    ("mysql", "mysql_config"),
    ("postgresql", "pgsql_config"),
)
_COUNT_MODES = (0, 1, 2)
_LIMITS = ((10, 60), (150, 86400))
_SQLITE_FILE = "/var/lib/policyd-rate-limit/db.sqlite3"

# What we call them, what MySQLdb calls the same, and what they are.
_MYSQL_OPTIONS: Mapping[str, tuple[tuple[str, ...], type]] = {
    "host": (("unix_socket", "host"), str),
    "port": (("port",), int),
    "user": (("user",), str),
    "password": (("passwd", "password"), str),
    "database": (("db", "database"), str),
}
_MYSQL_DEFAULTS = {"host": "localhost", "port": 3306, "password": ""}

_SHOWN = 3

_T = TypeVar("_T", int, bool)


@attrs.frozen
class Limit:
    """At most *count* in any *seconds*."""

    count: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.count} in {self.seconds} s"


@attrs.frozen
class Counts:
    """
    Where its counts are: of which of :data:`_BACKENDS`, and what its driver is
    given. The methods raise ``SourceUnreadable``, a line for each wrong option.
    """

    backend: str
    options: Mapping[str, Any] = attrs.field(repr=False)

    def sqlite_file(self) -> Path:
        path = self.options.get("database")
        if not isinstance(path, str):
            raise SourceUnreadable("sqlite_config: expected the path of a database")
        return Path(path)

    def mysql_login(self) -> dict[str, Any]:
        """Return host (or socket), port, user, password and database of MySQL."""
        found: dict[str, Any] = dict(_MYSQL_DEFAULTS)
        problems = []
        for ours, (names, kind) in _MYSQL_OPTIONS.items():
            name = next((each for each in names if each in self.options), None)
            if name is None:
                if ours not in found:
                    problems.append(f"mysql_config: expected {' or '.join(names)}")
            elif isinstance(self.options[name], kind):
                found[ours] = self.options[name]
            else:
                # Not shown: it may be the password.
                expected = "a number" if kind is int else "text, in quotes"
                problems.append(f"mysql_config: {name}: expected {expected}")
        if problems:
            raise SourceUnreadable("\n".join(problems))
        return found


@attrs.frozen
class LimitSettings:
    """
    All of the settings that limits come from.

    Attributes:
        limits: Those of every name that has none of its own.
        limits_by_id: Those of single names; none is no limit.
        count_mode: 2 counts messages, 0 and 1 recipients.
    """

    limits: tuple[Limit, ...]
    limits_by_id: Mapping[str, tuple[Limit, ...]]
    counts: Counts
    count_mode: int = 1
    sql_limits: bool = False
    by_sasl: bool = True
    by_sender: bool = False
    by_ip: bool = False


def read(path: Path) -> LimitSettings:
    """
    Return what the file says.

    Raises:
        SourceUnreadable: a line for each thing that is wrong.
    """
    if path.suffix == ".conf":
        raise SourceUnreadable(
            f"{path}: the old format is a program and is not run;"
            " write its limits into a .yaml file as of policyd-rate-limit 0.6"
        )
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceUnreadable(f"{path}: cannot be read: {error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date that is none.
        raise SourceUnreadable(f"{path}: is not YAML: {_where(error)}") from error
    try:
        return understood(document)
    except SourceUnreadable as error:
        lines = str(error).splitlines()
        raise SourceUnreadable("\n".join(f"{path}: {line}" for line in lines)) from None


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return problem if mark is None else f"line {mark.line + 1}: {problem}"


def understood(document: object) -> LimitSettings:
    """
    Return what a document says. What it does not name has policyd-rate-limit's
    default; settings that are no limits are not looked at.

    Raises:
        SourceUnreadable: a line for each thing that is wrong.
    """
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise SourceUnreadable("expected settings by name, as `limits: …`")
    reading = _Reading(document)
    settings = LimitSettings(
        limits=reading.limits("limits", document.get("limits", _LIMITS)),
        limits_by_id=reading.limits_by_id(),
        counts=reading.counts(),
        count_mode=reading.choice("count_mode", _COUNT_MODES, 1),
        sql_limits=bool(document.get("sql_limits_by_id")),
        by_sasl=reading.choice("limit_by_sasl", (True, False), default=True),
        by_sender=reading.choice("limit_by_sender", (True, False), default=False),
        by_ip=reading.choice("limit_by_ip", (True, False), default=False),
    )
    if reading.problems:
        raise SourceUnreadable("\n".join(reading.problems))
    return settings


@attrs.define
class _Reading:
    """Reads one document, and goes on where something is wrong."""

    document: Mapping[Any, Any]
    problems: list[str] = attrs.Factory(list)

    def _wrong(self, name: str, expected: str, got: object) -> None:
        self.problems.append(f"{name}: expected {expected}, got {escaped(repr(got))}")

    def limits(self, name: str, given: object) -> tuple[Limit, ...]:
        if not isinstance(given, (list, tuple)):
            self._wrong(name, "a list of [count, seconds]", given)
            return ()
        return tuple(filter(None, [self._limit(name, each) for each in given]))

    def _limit(self, name: str, given: object) -> Limit | None:
        match given:
            case [int(count), int(seconds)] if count >= 0 < seconds and bool not in {
                type(count),
                type(seconds),
            }:
                return Limit(count, seconds)
        self._wrong(name, "[count, seconds] in whole numbers", given)
        return None

    def limits_by_id(self) -> dict[str, tuple[Limit, ...]]:
        given = self.document.get("limits_by_id") or {}
        if not isinstance(given, dict):
            self._wrong("limits_by_id", "lists of limits by name", given)
            return {}
        found = {}
        for name, limits in given.items():
            where = f"limits_by_id: {escaped(str(name))}"
            if not isinstance(name, str) or not name.strip():
                self._wrong(where, "a name, in quotes if it looks like a number", name)
                continue
            found[name] = self.limits(where, limits)
        return found

    def choice(self, name: str, choices: tuple[_T, ...], default: _T) -> _T:
        given = self.document.get(name, default)
        for choice in choices:
            # True is no 1 here.
            if choice == given and type(choice) is type(given):
                return choice
        self._wrong(name, " or ".join(map(str, choices)), given)
        return default

    def counts(self) -> Counts:
        number = self.choice("backend", tuple(range(len(_BACKENDS))), 0)
        backend, name = _BACKENDS[number]
        default = {} if number else {"database": _SQLITE_FILE}
        options = self.document.get(name, default)
        if not isinstance(options, dict):
            # Not shown: it may be a password.
            self.problems.append(f"{name}: expected options by name, as `database: …`")
            options = {}
        return Counts(backend, options)


def planned(settings: LimitSettings, usages: Iterable[Usage], *, period: int) -> Plan:
    """
    Return what these settings and counts mean here, *period* being the seconds from
    one reset to the next.
    """
    everybody = meaning(settings.limits, period=period)
    names = _Names()
    fates: dict[str, list[str]] = {fate: ["limits"] for fate in everybody.fates}
    for name, limits in settings.limits_by_id.items():
        if _is_address(name):
            names.remarks.append(
                f"{escaped(name)}: left out, an IP address is no login"
            )
            continue
        own = meaning(limits, period=period)
        names.has_quota(name, own.quota)
        for fate in own.fates:
            fates.setdefault(fate, []).append(escaped(name))
    for usage in usages:
        names.has_used(usage, everybody.quota)
    if names.counted_addresses:
        names.remarks.append(
            f"counts of {names.counted_addresses} IP addresses: left out,"
            " RateGuard limits only logins"
        )
    remarks = [
        *(f"{_listed(where)}: {fate}" for fate, where in fates.items()),
        *names.remarks,
        *_without_equivalent(settings),
    ]
    arrivals = tuple(sorted(names.arrivals.values(), key=lambda each: each.sender))
    return Plan(everybody.quota, arrivals, tuple(remarks))


def _without_equivalent(settings: LimitSettings) -> Iterator[str]:
    if settings.sql_limits:
        yield "sql_limits_by_id: not read; set those quotas with rateguard sender set"
    if not settings.by_sasl:
        yield "limit_by_sasl is off: RateGuard limits only logins"
    if settings.by_sender:
        yield "limit_by_sender: left out, RateGuard limits only logins"
    if settings.by_ip:
        yield "limit_by_ip: left out, RateGuard limits only logins"
    if settings.counts.backend == "postgresql":
        yield "backend 2, PostgreSQL: its counts are not read, every sender begins at 0"
    if settings.count_mode == 2:  # noqa: PLR2004 - one of _COUNT_MODES
        yield (
            "count_mode 2 counts messages: RateGuard counts recipients too, so one"
            " message to 100 uses up a quota of 100"
        )


def _listed(where: list[str]) -> str:
    shown, more = ", ".join(where[:_SHOWN]), len(where) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


@attrs.define
class _Names:
    """Names on their way to senders."""

    arrivals: dict[str, Arrival] = attrs.Factory(dict)
    remarks: list[str] = attrs.Factory(list)
    counted_addresses: int = 0

    def has_quota(self, name: str, quota: int) -> None:
        key = sender_key(name)
        other = self.arrivals.get(key)
        if other is not None:
            quota = max(quota, other.quota)
            self.remarks.append(
                f"{escaped(name)}: another spelling of {escaped(key)}, which gets the"
                f" larger quota: {quota}"
            )
        self.arrivals[key] = Arrival(key, quota, own=True)

    def has_used(self, usage: Usage, quota: int) -> None:
        key = sender_key(usage.name)
        if not key:
            return
        if _is_address(usage.name):
            self.counted_addresses += 1
            return
        arrival = self.arrivals.get(key) or Arrival(key, quota)
        self.arrivals[key] = attrs.evolve(
            arrival,
            messages=arrival.messages + usage.messages,
            recipients=arrival.recipients + usage.recipients,
        )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip())
    except ValueError:
        return False
    return True


@attrs.frozen
class Meaning:
    """A quota for some limits, and what becomes of those without an equivalent."""

    quota: int
    fates: tuple[str, ...] = ()


def meaning(limits: Sequence[Limit], *, period: int) -> Meaning:
    """
    Return the smallest quota that stops no sender that these limits let pass.

    A limit over less than a period may be used up again and again in one; a limit
    over more may be used up in a single one. What several admit together is what
    the tightest of them does.
    """
    if not limits:
        return Meaning(COUNTER_MAX, (f"no limit: quota {COUNTER_MAX}, never reached",))
    # Of two that admit the same, the one whose time is nearest to a period.
    tightest = min(
        limits, key=lambda limit: (_admits(limit, period), abs(limit.seconds - period))
    )
    quota = min(_admits(tightest, period), COUNTER_MAX)
    fates = []
    if tightest.seconds != period:
        why = (
            "the most that it admits, though no longer spread over the time"
            if tightest.seconds < period
            else "which it admitted only once in its longer time"
        )
        fates.append(f"{tightest}: becomes quota {quota} in {period} s, {why}")
    for limit in limits:
        if limit != tightest:
            rate = ", at any rate" if limit.seconds < period else ""
            fates.append(
                f"{limit}: left out, the quota of {quota} in {period} s holds{rate}"
            )
    return Meaning(quota, tuple(fates))


def _admits(limit: Limit, period: int) -> int:
    return limit.count * max(1, -(-period // limit.seconds))
