"""
MySQL and MariaDB through PyMySQL.
"""

from __future__ import annotations

import functools
import ssl

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import pymysql
import pymysql.cursors

from pymysql.constants import CLIENT
from pymysql.converters import escape_string

from rateguard.adapters.sql.dialect import LOCK_WAIT_SECONDS, Dialect
from rateguard.adapters.sql.mysql_errors import translate
from rateguard.adapters.sql.packed_rows import by_concatenation


@attrs.frozen
class MysqlServer:
    """
    Where the server is and who we are there.

    Attributes:
        host: A host name or address, or the absolute path of a socket.

        timeout: Seconds for connecting, each read and each write.

        patience: Seconds for each read, if a statement may take longer.
    """

    host: str
    port: int
    user: str
    password: str = attrs.field(repr=False)
    database: str
    timeout: float = 5.0
    patience: float | None = None


class _Cursor(pymysql.cursors.Cursor):
    """
    Writes values into a statement itself, in half of PyMySQL's time, which
    for a batch is more than the server's.
    """

    def execute(self, query: str, args: Any = None) -> int:  # noqa: ANN401
        """
        Run *query* with *args*; yoyo's are a mapping.
        """
        if not isinstance(args, (list, tuple)):
            return super().execute(query, args)
        if args:
            query %= tuple([self._literal(value) for value in args])
        return super().execute(query)

    def _literal(self, value: object) -> object:
        if isinstance(value, str):
            # Right for the sql_mode of our sessions, in which a backslash
            # escapes.
            return f"'{escape_string(value)}'"
        # Not isinstance: to Python, True is an int.
        return value if type(value) is int else self.connection.escape(value)


if TYPE_CHECKING:
    _PlainConnection = pymysql.Connection[Any]
else:
    _PlainConnection = pymysql.Connection


class _Connection(_PlainConnection):
    """
    Reads no certificates: PyMySQL reads all that the system trusts, 40 ms for
    each connection with the interpreter held, and without settings of TLS,
    which we have none of, verifies nothing with them.
    """

    def _create_ssl_ctx(self, sslp: Any) -> ssl.SSLContext:  # noqa: ANN401
        if sslp:
            return super()._create_ssl_ctx(sslp)  # type: ignore[misc, no-any-return]
        return _unverified()


@functools.cache
def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def mysql_dialect(server: MysqlServer) -> Dialect:
    """
    Return the dialect over a database on a server.
    """
    return Dialect(
        name="mysql",
        connect=functools.partial(_connect, server),
        placeholder="%s",
        begin="BEGIN",
        begin_reading="START TRANSACTION READ ONLY",
        for_update=" FOR UPDATE",
        # Without it a small table is scanned in the order of ids, and two
        # transactions lock in different orders.
        sender_index=" FORCE INDEX (ratelimits_sender_unique)",
        # Takes the lock of the existing row at once; INSERT IGNORE takes a
        # shared one, and two of those cannot both be upgraded.
        keep_existing=" ON DUPLICATE KEY UPDATE id = id",
        overwrite_counters=(
            " ON DUPLICATE KEY UPDATE"
            " msg_counter = VALUES(msg_counter),"
            " rcpt_counter = VALUES(rcpt_counter),"
            " msg_total = VALUES(msg_total),"
            " rcpt_total = VALUES(rcpt_total),"
            " updated_at = VALUES(updated_at)"
        ),
        failures=(pymysql.err.Error,),
        translate=translate,
        statement_rows=all_at_once,
        packed_rows=by_concatenation,
        many_statements=True,
        # Half the time of grouping by text. Sessions are in UTC.
        minute="UNIX_TIMESTAMP(created_at) DIV 60",
        any_text="CONVERT({} USING utf8mb4)",
        readers=4,
        searchers=16,
        # Or it walks the names for the sake of their order, and looks each up.
        by_id=" FORCE INDEX (PRIMARY)",
        not_by_time=" IGNORE INDEX (messages_created_at_index)",
        keyed_number="CONCAT({}, '|', id)",
        keyed_time="CONCAT({}, '|', id)",
    )


def _connect(server: MysqlServer) -> pymysql.Connection[Any]:
    where: dict[str, Any] = (
        # No TLS to a socket of this machine.
        {"unix_socket": server.host, "ssl_disabled": True}
        if server.host.startswith("/")
        else {"host": server.host, "port": server.port}
    )
    connection = _Connection(
        **where,
        user=server.user,
        password=server.password,
        database=server.database,
        charset="utf8mb4",
        cursorclass=_Cursor,
        client_flag=CLIENT.MULTI_STATEMENTS,
        connect_timeout=max(1, round(server.timeout)),
        read_timeout=server.patience or server.timeout,
        write_timeout=server.timeout,
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            # Not strict: a value that does not fit the column of an old table
            # is cut there, never refused.
            cursor.execute(
                "SET SESSION time_zone = '+00:00', sql_mode = '',"
                f" innodb_lock_wait_timeout = {_lock_wait(server.timeout)},"
                # Bounds a packed answer; 512 long senders stay below 1 MiB.
                " group_concat_max_len = 16777216"
            )
    except pymysql.err.Error:
        connection.close()
        raise
    return connection


def _lock_wait(timeout: float) -> int:
    """
    Return seconds that end before the read does: then it is a conflict and
    not a connection that has to be replaced.
    """
    return max(1, min(LOCK_WAIT_SECONDS, int(timeout) - 1))


def all_at_once(count: int) -> Sequence[int]:
    """
    No prepared statements here: every statement takes all rows; none where
    there are none, since ``IN ()`` is not SQL.
    """
    return (count,) if count else ()
