"""A store of many senders and some messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from rateguard.adapters.sql.dialect import Dialect
from tests.integration.databases import Database
from tests.integration.store_rigs import SqlRig


COUNT = 15_000
ALL = 1_000_000

# Made by the store itself, which is done with it in no time: many that are equal
# and many that are not, ids with gaps, some that nobody recorded a change of.
_FILL = f"""
    WITH digits (d) AS (
        SELECT 0 UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4
        UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9
    ), numbers (n) AS (
        SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d
        FROM digits a, digits b, digits c, digits d, digits e
    ), mixed (n, m) AS (
        SELECT n, n * 7919 % 10007 FROM numbers WHERE n < {COUNT}
    )
    SELECT
        n + (n - n % 1000) / 20 + 1,
        REPLACE('user#@example.com', '#', n * 31 % {COUNT}),
        CASE n % 4 WHEN 0 THEN 0 WHEN 1 THEN 10 ELSE 1000 END,
        n % 97 = 0,
        CASE n % 50 WHEN 0 THEN 5000 END,
        CASE n % 100 WHEN 0 THEN '2026-12-31 00:00:00' END,
        m % 3,
        CASE n % 3 WHEN 0 THEN m ELSE 0 END,
        m,
        n,
        CASE n % 10 WHEN 0 THEN NULL
            ELSE REPLACE('2026-11-# 10:00:00', '#', m % 19 + 10) END
    FROM mixed ORDER BY n
"""
_ADD = (
    "INSERT INTO ratelimits (id, sender, quota, suspended, raised_quota,"
    " raised_until, msg_counter, rcpt_counter, msg_total, rcpt_total, updated_at)"
    f" {_FILL}"
)


_LOG = (
    "INSERT INTO messages (id, sender, msgid, rcpt_count, client_address, created_at)"
    " VALUES ({p}, 'anna@example.com', '4ABC', {p}, {p}, '2024-02-29 12:00:00')"
)


def _messages() -> Iterator[tuple[object, ...]]:
    """Every third from one address."""
    for number in range(1, 1001):
        yield number, number, f"192.0.2.{number % 3}"


def filled(database: Database, dialect: Dialect) -> SqlRig:
    """Return an empty database with all of them, through another dialect."""
    database.migrator.apply()
    with closing(dialect.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.execute(_ADD)
        cursor.executemany(dialect.sql(_LOG), list(_messages()))
        connection.commit()
    return SqlRig(dialect, database.rig.pool)
