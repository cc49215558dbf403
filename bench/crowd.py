"""
A month of a large site: a million senders, ten million messages.

The database makes the rows itself, from a series of numbers, which is ten times
as fast as sending them. All follows from the number of a row, so that every run
finds the same.
"""

from __future__ import annotations

import time

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import attrs

from bench.traffic import sender_name


_DAY = 86_400
_BUSY = 7919
"""The number of the busiest sender, where there are so many."""

_MULTIPLIER = 2_654_435_761
"""A prime, which scatters what is counted up."""

_CHUNK = 500_000


@attrs.frozen
class Crowd:
    """
    How many there are.

    Attributes:
        until: Seconds since 1970 of the newest message.
    """

    senders: int = 1_000_000
    messages: int = 10_000_000
    history: int = 2_000
    until: int = attrs.field(factory=lambda: int(time.time()))

    @property
    def busiest(self) -> str:
        """The sender of one message in 250."""
        return sender_name(min(_BUSY, self.senders))

    @property
    def quiet(self) -> str:
        """A sender of some messages a month."""
        return sender_name(self.senders * 3 // 4 + 1)

    def message_of_busiest(self, part: float) -> int:
        """Return the id of a message from the own host, so far into the month."""
        number = int(self.messages * part) // 250 * 250
        while number % 7 == 0 or number % 2003 == 7:
            number -= 250
        return number


def make_crowd(connection: Any, crowd: Crowd, *, server: bool) -> None:  # noqa: ANN401
    """Fill empty tables, through a connection of any driver, piece by piece."""
    dialect = MARIADB if server else SQLITE
    tables: tuple[Table, ...] = (
        Senders(dialect, crowd.senders, crowd.until),
        Messages(dialect, crowd.senders, crowd.messages, crowd.until),
        History(dialect, crowd.senders, crowd.history, crowd.until),
        Resets(dialect, crowd.senders, 30, crowd.until),
    )
    cursor = connection.cursor()
    for statement in dialect.prepare:
        cursor.execute(statement)
    for table in tables:
        for first in range(1, table.rows + 1, _CHUNK):
            last = min(first + _CHUNK - 1, table.rows)
            cursor.execute(table.statement(first, last))
            connection.commit()
    for statement in dialect.finish:
        cursor.execute(statement)


class Table(Protocol):
    """What is filled, by numbers from 1 on, which are the ids."""

    name: ClassVar[str]

    @property
    def rows(self) -> int:
        """How many there are to be."""

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""


@attrs.frozen
class Dialect:
    """
    What the databases call differently.

    Attributes:
        series: From the first to the last number, as a table with column n.
    """

    series: Callable[[int, int], str]
    div: str
    hex: Callable[[str], str]
    time: Callable[[str], str]
    prepare: tuple[str, ...] = ()
    finish: tuple[str, ...] = ()


SQLITE = Dialect(
    series=lambda first, last: (
        f"(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL"
        f" SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s) AS series"
    ),
    div="/",
    hex=lambda number: f"printf('%x', {number})",
    time=lambda seconds: f"datetime({seconds}, 'unixepoch')",
    # For this connection alone: what is half filled is thrown away.
    prepare=("PRAGMA cache_size = -1000000", "PRAGMA synchronous = OFF"),
    finish=("PRAGMA wal_checkpoint(TRUNCATE)",),
)

MARIADB = Dialect(
    series=lambda first, last: (
        f"(SELECT seq AS n FROM seq_{first}_to_{last}) AS series"
    ),
    div="DIV",
    hex=lambda number: f"LOWER(HEX({number}))",
    time=lambda seconds: f"FROM_UNIXTIME({seconds})",
    prepare=(
        "SET time_zone = '+00:00'",
        "SET sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')",
        "SET foreign_key_checks = 0",
        # The index of the foreign key is written all over.
        "SET GLOBAL innodb_buffer_pool_size = 2 << 30",
    ),
    finish=("SET GLOBAL innodb_buffer_pool_size = DEFAULT",),
)


def _name_of(number: str) -> str:
    """Return the expression for :func:`bench.traffic.sender_name`."""
    return f"'user' || {number} || '@customer' || ({number} % 7888) || '.example'"


@attrs.frozen
class Senders:
    """
    Nine of ten sent a few messages today; three in a thousand are over quota,
    and some hundreds are locked, raised or suspended.
    """

    dialect: Dialect
    rows: int
    until: int
    name: ClassVar[str] = "ratelimits"

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""
        div, time = self.dialect.div, self.dialect.time
        return (
            "INSERT INTO ratelimits (id, sender, quota, quota_reset, quota_locked,"
            " suspended, raised_quota, raised_until, msg_counter, rcpt_counter,"
            " msg_total, rcpt_total, created_at, updated_at)"
            f" SELECT n, {_name_of('n')},"
            " CASE WHEN n % 4001 = 17 THEN quota + 500 ELSE quota END, quota,"
            " n % 4001 = 17, n % 5003 = 11,"
            " CASE WHEN n % 3001 = 13 THEN quota * 2 END,"
            f" CASE WHEN n % 6002 = 13 THEN {time(str(self.until + _DAY))} END,"
            f" recipients - recipients {div} 3, recipients,"
            f" recipients + total {div} 2, recipients + total,"
            f" {time(f'{self.until - 60 * _DAY} - n {div} 10')},"
            f" {time(f'{self.until} - n * 7919 % {30 * _DAY}')}"
            " FROM (SELECT n, quota,"
            f" n * {_MULTIPLIER} % 100003 AS total,"
            " CASE WHEN n % 331 = 0 THEN quota + 1 + n % 50"
            f" WHEN n % 10 THEN n * {_MULTIPLIER} % 23"
            " ELSE n * 7919 % quota END AS recipients"
            " FROM (SELECT n, CASE n % 20 WHEN 0 THEN 200 WHEN 1 THEN 500"
            " WHEN 2 THEN 2000 WHEN 3 THEN 5000 ELSE 1000 END AS quota"
            f" FROM {self.dialect.series(first, last)}) AS quotas) AS counters"
        )


@attrs.frozen
class History:
    """What operators did, some of it to the busiest sender."""

    dialect: Dialect
    senders: int
    rows: int
    until: int
    name: ClassVar[str] = "rateguard_history"

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""
        busiest = min(_BUSY, self.senders)
        return (
            "INSERT INTO rateguard_history (id, at, actor, action, sender, changes,"
            f" reason) SELECT n, {self.dialect.time('at')}, 'root',"
            f" CASE WHEN n % 2 THEN 'lock' ELSE 'unlock' END, {_name_of('i')},"
            ' CASE WHEN n % 2 THEN \'[["locked", "no", "yes"]]\''
            ' ELSE \'[["locked", "yes", "no"]]\' END, \'ticket \' || n'
            f" FROM (SELECT n, CASE WHEN n % 20 = 0 THEN {busiest}"
            f" ELSE 1 + n * {_MULTIPLIER} % {self.senders} END AS i,"
            f" {self.until - 30 * _DAY} + n * {30 * _DAY} {self.dialect.div}"
            f" {self.rows} AS at FROM {self.dialect.series(first, last)}) AS numbered"
        )


@attrs.frozen
class Resets:
    """One each night, the last one just now."""

    dialect: Dialect
    senders: int
    rows: int
    until: int
    name: ClassVar[str] = "rateguard_resets"

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""
        at = self.dialect.time(f"{self.until} - ({self.rows} - n) * {_DAY}")
        return (
            "INSERT INTO rateguard_resets (id, started_at, position, finished_at)"
            f" SELECT n, {at}, {self.senders}, {at}"
            f" FROM {self.dialect.series(first, last)}"
        )


@attrs.frozen
class Messages:
    """
    Over thirty days, a tenth of them in the last one. Eleven senders have one
    in 250 each, five thousand share a fifth, the others the rest; one in two
    thousand is of a sender who was removed since; three in a hundred were blocked.
    """

    dialect: Dialect
    senders: int
    rows: int
    until: int
    name: ClassVar[str] = "messages"

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""
        return (
            "INSERT INTO messages (id, ratelimit_id, transaction_id, msgid, sender,"
            " rcpt_count, blocked, from_addr, to_addr, client_address, client_name,"
            " created_at) SELECT n, CASE WHEN removed THEN NULL ELSE i END,"
            f" {self._transaction()}, {self._queue_id()}, {self._sender()},"
            " CASE WHEN n % 13 = 0 THEN 2 + n % 40 ELSE 1 END,"
            f" n * {_MULTIPLIER} % 1009 < 30,"
            f" {self._sender()},"
            " CASE WHEN n % 13 = 0 THEN NULL"
            " ELSE 'someone' || (n * 31 % 400009) || '@example.net' END,"
            f" {self._client()}, {self.dialect.time('at')}"
            f" FROM (SELECT n, n % 2003 = 7 AS removed, {self._number()} AS i,"
            f" {self._time()} AS at, 65536 + n * 7919 % 934463 AS micro"
            f" FROM {self.dialect.series(first, last)}) AS numbered"
        )

    def _number(self) -> str:
        busiest = min(_BUSY, self.senders)
        return (
            f"CASE WHEN n % 250 = 0 THEN {busiest}"
            f" WHEN n % 250 < 11 THEN n % 250 * {self.senders} {self.dialect.div} 11"
            f" WHEN n % 250 < 61 THEN 1 + n * 31 % 4999 * {self.senders}"
            f" {self.dialect.div} 5000"
            f" ELSE 1 + n * {_MULTIPLIER} % {self.senders} END"
        )

    def _time(self) -> str:
        old, div = self.rows * 9 // 10, self.dialect.div
        return (
            f"CASE WHEN n <= {old}"
            f" THEN {self.until - 30 * _DAY} + n * {29 * _DAY} {div} {old}"
            f" ELSE {self.until - _DAY} + (n - {old}) * {_DAY} {div}"
            f" {self.rows - old} END"
        )

    def _transaction(self) -> str:
        # As RateGuard keeps Postfix's instance: seconds, microseconds, process,
        # sequence.
        number = self.dialect.hex
        return (
            f"{number('at')} || '.' || {number('micro')} || '.'"
            f" || {number('4096 + n % 211')} || '.0'"
        )

    def _queue_id(self) -> str:
        # Postfix's short ones: five digits of microseconds, then the inode.
        number = self.dialect.hex
        return f"UPPER({number('micro')} || {number('2752512 + n % 6007')})"

    def _sender(self) -> str:
        gone = "'gone' || i || '@former.example'"
        return f"CASE WHEN removed THEN {gone} ELSE {_name_of('i')} END"

    def _client(self) -> str:
        # Webmail, mobile providers with IPv6, and the customers' own hosts.
        octets = f"(i % 251) || '.' || (i {self.dialect.div} 251 % 250)"
        return (
            "CASE WHEN n % 7 = 0 THEN '192.0.2.25'"
            " WHEN i % 10 = 3 THEN '2001:db8:' || (i % 9973) || '::' || (n % 89)"
            f" ELSE '198.51.' || {octets} END,"
            " CASE WHEN n % 7 = 0 THEN 'webmail.provider.example'"
            " WHEN i % 10 = 3 OR i % 11 = 0 THEN 'unknown'"
            f" ELSE 'host-' || REPLACE({octets}, '.', '-')"
            " || '.provider' || (i % 97) || '.example' END"
        )
