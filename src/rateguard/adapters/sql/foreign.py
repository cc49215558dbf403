"""Counts in the databases of other programs. Only read, never written."""

from __future__ import annotations

import datetime as dt
import sqlite3

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql

from rateguard.adapters.sql.mysql import MysqlServer, mysql_dialect
from rateguard.domain.errors import SourceUnreadable
from rateguard.domain.orders import Usage


_BUSY_SECONDS = 30.0

_MAIL_COUNT = (
    "SELECT MIN(id), COUNT(DISTINCT instance), SUM(COALESCE(recipient_count, 1))"
    " FROM mail_count WHERE date >= {p} GROUP BY HEX(id)"
)
"""
policyd-rate-limit's: a row for each message that passed, ``date`` in seconds since
1970. By the bytes of the name, since a collation of MySQL's may take two for one.
"""


def sqlite_mail_counts(path: Path, *, since: dt.datetime) -> list[Usage]:
    """
    Return what policyd-rate-limit counted since then in its file.

    Raises:
        SourceUnreadable: the file cannot be read, or has no such table.
    """
    if not path.is_file():
        raise SourceUnreadable(f"{path}: there is no such file")

    def connect() -> sqlite3.Connection:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)
        # A name is whatever a client sent.
        connection.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
        return connection

    return _counts(connect, "?", since, where=str(path))


def mysql_mail_counts(server: MysqlServer, *, since: dt.datetime) -> list[Usage]:
    """
    Return what policyd-rate-limit counted since then in its database.

    Raises:
        SourceUnreadable: the server cannot be reached, or has no such table.
    """
    where = f"{server.database} at {server.host}"
    return _counts(mysql_dialect(server).connect, "%s", since, where=where)


def _counts(
    connect: Callable[[], Any], mark: str, since: dt.datetime, *, where: str
) -> list[Usage]:
    try:
        with closing(connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(_MAIL_COUNT.format(p=mark), (int(since.timestamp()),))
            rows = cursor.fetchall()
    except (sqlite3.Error, pymysql.err.Error) as error:
        raise SourceUnreadable(f"{where}: {error}") from error
    return [
        Usage(name, int(messages), max(0, int(recipients)))
        for name, messages, recipients in rows
    ]
