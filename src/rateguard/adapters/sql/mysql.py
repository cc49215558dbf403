"""MySQL and MariaDB through PyMySQL."""

from __future__ import annotations

import functools
import ssl

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import pymysql
import pymysql.cursors

from pymysql.constants import CLIENT, CR, ER
from pymysql.converters import escape_string

from rateguard.adapters.sql.dialect import LOCK_WAIT_SECONDS, Column, Dialect
from rateguard.domain.errors import (
    StoreConflict,
    StoreError,
    StoreInterrupted,
    StoreOutdated,
    StoreUnavailable,
)


_RECORD_CHANGED = 1020  # MariaDB with innodb_snapshot_isolation
_KILLED = 1927  # MariaDB: connection was killed
_DEADLOCK = 1213  # also: Galera refused the transaction
CONFLICTS = frozenset({_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, _RECORD_CHANGED})

UNAVAILABLE = frozenset(
    (
        *(CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR, CR.CR_UNKNOWN_HOST),
        *(CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_SERVER_LOST_EXTENDED),
        # A full disk, among others.
        *(ER.ERROR_ON_WRITE, ER.DISK_FULL, ER.GET_ERRNO, ER.RECORD_FILE_FULL),
        *(ER.CON_COUNT_ERROR, ER.OUT_OF_RESOURCES, ER.HANDSHAKE_ERROR),
        *(ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED),
        *(ER.DBACCESS_DENIED_ERROR, ER.ACCESS_DENIED_ERROR, ER.BAD_DB_ERROR),
        *(ER.TABLEACCESS_DENIED_ERROR, ER.HOST_IS_BLOCKED, ER.HOST_NOT_PRIVILEGED),
        *(ER.SERVER_SHUTDOWN, ER.NORMAL_SHUTDOWN, ER.NEW_ABORTING_CONNECTION),
        ER.UNKNOWN_COM_ERROR,  # Galera: this node is not in the cluster now
        *(ER.NET_READ_ERROR, ER.NET_READ_INTERRUPTED),
        *(ER.NET_ERROR_ON_WRITE, ER.NET_WRITE_INTERRUPTED),
        # Read-only: by the option, in a transaction, in a mode.
        *(ER.OPTION_PREVENTS_STATEMENT, 1792, 1836),
        *(ER.QUERY_INTERRUPTED, _KILLED),
        3024,  # MySQL: max_execution_time
        4031,  # MySQL: disconnected for idleness
    )
)
INTERRUPTED = frozenset(
    {CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, ER.SERVER_SHUTDOWN, _KILLED}
)
OUTDATED = frozenset({ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR})

_IN_MEMORY = 512
"""Characters of a value that MariaDB keeps in a temporary table in memory."""

_QUOTED = 255 * len(r"\u0000") + len('""')
"""Characters of the longest text as JSON."""


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


def mysql_dialect(server: MysqlServer) -> Dialect:
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
        overwriting=" ON DUPLICATE KEY UPDATE",
        new="VALUES({})",
        failures=(pymysql.err.Error,),
        translate=translate,
        packed=packed,
        many_statements=True,
        # Half the time of grouping by text. Sessions are in UTC.
        any_text="CONVERT({} USING utf8mb4)",
    )


def packed(columns: Sequence[Column]) -> str:
    """
    Return the expression of ``Dialect.packed``. ``JSON_ARRAYAGG(JSON_ARRAY(…))``
    says the same, but is a long text to MariaDB, for which it makes a temporary
    table on disk, that is two files, in each query; so would a text as JSON be,
    were it not cut.
    """
    values = ", ',', ".join(_as_json(*each) for each in columns)
    return f"CONCAT('[', GROUP_CONCAT('[', {values}, ']'), ']')"


def _as_json(name: str, kind: str) -> str:
    if kind == "text":
        return ", ".join(
            f"SUBSTR(JSON_QUOTE({name}), {start}, {_IN_MEMORY})"
            for start in range(1, _QUOTED + 1, _IN_MEMORY)
        )
    if kind == "time":
        return f"COALESCE(CONCAT('\"', {name}, '\"'), 'null')"
    return f"COALESCE({name}, 'null')"


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
    # Ends before the read does: then it is a conflict and not a connection that
    # has to be replaced.
    lock_wait = max(1, min(LOCK_WAIT_SECONDS, int(server.timeout) - 1))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            # Not strict: a value that does not fit the column of an old table
            # is cut there, never refused.
            cursor.execute(
                "SET SESSION time_zone = '+00:00', sql_mode = '',"
                f" innodb_lock_wait_timeout = {lock_wait},"
                # Bounds a packed answer; 512 long senders stay below 1 MiB.
                " group_concat_max_len = 16777216"
            )
    except pymysql.err.Error:
        connection.close()
        raise
    return connection


class _Cursor(pymysql.cursors.Cursor):
    """
    Writes values into a statement itself, in half of PyMySQL's time, which
    for a batch is more than the server's.
    """

    def execute(self, query: str, args: Any = None) -> int:  # noqa: ANN401
        """Run *query* with *args*; yoyo's are a mapping."""
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

    def _create_ssl_ctx(self, _sslp: object) -> ssl.SSLContext:
        return _unverified()


@functools.cache
def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def translate(error: Exception) -> StoreError | None:
    """
    Return the error of ours. Source: the server error and client error pages
    of the MariaDB and MySQL manuals.
    """
    code = error.args[0] if error.args else None
    if code in CONFLICTS:
        return StoreConflict(str(error))
    if code in OUTDATED:
        return StoreOutdated(f"{error}; run: rateguard migrate")
    # Not a timeout: a server that hangs is not to be waited for twice.
    if code in INTERRUPTED and not isinstance(error.__context__, TimeoutError):
        return StoreInterrupted(str(error))
    # InterfaceError: used after it was closed. InternalError: the packets no
    # longer fit together. Both mean that this connection is done for.
    broken = isinstance(error, (pymysql.err.InterfaceError, pymysql.err.InternalError))
    if broken or code in UNAVAILABLE:
        return StoreUnavailable(str(error))
    return None
