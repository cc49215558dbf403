"""
What MySQL's and MariaDB's errors mean.
"""

from __future__ import annotations

import pymysql

from pymysql.constants import CR, ER

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
    {
        CR.CR_CONNECTION_ERROR,
        CR.CR_CONN_HOST_ERROR,
        CR.CR_UNKNOWN_HOST,
        CR.CR_SERVER_GONE_ERROR,
        CR.CR_SERVER_LOST,
        CR.CR_SERVER_LOST_EXTENDED,
        ER.ERROR_ON_WRITE,  # disk full, among others
        ER.DISK_FULL,
        ER.GET_ERRNO,
        ER.RECORD_FILE_FULL,
        ER.CON_COUNT_ERROR,
        ER.OUT_OF_RESOURCES,
        ER.HANDSHAKE_ERROR,
        ER.DBACCESS_DENIED_ERROR,
        ER.ACCESS_DENIED_ERROR,
        ER.BAD_DB_ERROR,
        ER.SERVER_SHUTDOWN,
        ER.NORMAL_SHUTDOWN,
        ER.UNKNOWN_COM_ERROR,  # Galera: this node is not in the cluster now
        ER.HOST_IS_BLOCKED,
        ER.HOST_NOT_PRIVILEGED,
        ER.NEW_ABORTING_CONNECTION,
        ER.NET_READ_ERROR,
        ER.NET_READ_INTERRUPTED,
        ER.NET_ERROR_ON_WRITE,
        ER.NET_WRITE_INTERRUPTED,
        ER.TOO_MANY_USER_CONNECTIONS,
        ER.USER_LIMIT_REACHED,
        ER.OPTION_PREVENTS_STATEMENT,  # read_only
        ER.QUERY_INTERRUPTED,
        ER.TABLEACCESS_DENIED_ERROR,
        1792,  # read-only transaction
        1836,  # read-only mode
        _KILLED,
        3024,  # MySQL: max_execution_time
        4031,  # MySQL: disconnected for idleness
    }
)
INTERRUPTED = frozenset(
    {
        CR.CR_SERVER_GONE_ERROR,
        CR.CR_SERVER_LOST,
        ER.SERVER_SHUTDOWN,
        _KILLED,
    }
)
OUTDATED = frozenset({ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR})


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
