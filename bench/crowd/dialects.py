"""What SQLite and MariaDB call differently where a crowd is made."""

from __future__ import annotations

from collections.abc import Callable

import attrs


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
