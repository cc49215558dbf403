"""The tables of a crowd, but for the messages."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bench.crowd.dialects import Dialect
from bench.crowd.numbers import BUSY, DAY, MULTIPLIER, name_of


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
            f" SELECT n, {name_of('n')},"
            " CASE WHEN n % 4001 = 17 THEN quota + 500 ELSE quota END, quota,"
            " n % 4001 = 17, n % 5003 = 11,"
            " CASE WHEN n % 3001 = 13 THEN quota * 2 END,"
            f" CASE WHEN n % 6002 = 13 THEN {time(str(self.until + DAY))} END,"
            f" recipients - recipients {div} 3, recipients,"
            f" recipients + total {div} 2, recipients + total,"
            f" {time(f'{self.until - 60 * DAY} - n {div} 10')},"
            f" {time(f'{self.until} - n * 7919 % {30 * DAY}')}"
            " FROM (SELECT n, quota,"
            f" n * {MULTIPLIER} % 100003 AS total,"
            " CASE WHEN n % 331 = 0 THEN quota + 1 + n % 50"
            f" WHEN n % 10 THEN n * {MULTIPLIER} % 23"
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
        busiest = min(BUSY, self.senders)
        return (
            "INSERT INTO rateguard_history (id, at, actor, action, sender, changes,"
            f" reason) SELECT n, {self.dialect.time('at')}, 'root',"
            f" CASE WHEN n % 2 THEN 'lock' ELSE 'unlock' END, {name_of('i')},"
            ' CASE WHEN n % 2 THEN \'[["locked", "no", "yes"]]\''
            ' ELSE \'[["locked", "yes", "no"]]\' END, \'ticket \' || n'
            f" FROM (SELECT n, CASE WHEN n % 20 = 0 THEN {busiest}"
            f" ELSE 1 + n * {MULTIPLIER} % {self.senders} END AS i,"
            f" {self.until - 30 * DAY} + n * {30 * DAY} {self.dialect.div} {self.rows}"
            f" AS at FROM {self.dialect.series(first, last)}) AS numbered"
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
        at = self.dialect.time(f"{self.until} - ({self.rows} - n) * {DAY}")
        return (
            "INSERT INTO rateguard_resets (id, started_at, position, finished_at)"
            f" SELECT n, {at}, {self.senders}, {at}"
            f" FROM {self.dialect.series(first, last)}"
        )
