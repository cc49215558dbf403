"""SQLite, the embedded default."""

from __future__ import annotations

import functools
import sqlite3
import time

from collections.abc import Sequence
from pathlib import Path

from rateguard.adapters.sql.dialect import Column, Dialect
from rateguard.domain.errors import (
    StoreConflict,
    StoreError,
    StoreOutdated,
    StoreUnavailable,
)


CONFLICTS = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
UNAVAILABLE = frozenset(
    (
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM),
        *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
        *(sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT),
    )
)
_MOST_ROWS = 64
_MISSING = (
    *("no such table", "no such column", "has no column"),
    "ON CONFLICT clause does not match",  # a unique index
)
_PRIMARY_CODE = 0xFF
_BUSY_PAUSE = 0.005

_PRAGMAS = (
    # Readers never wait for the writer, and a commit is one sync of one file.
    "PRAGMA journal_mode = WAL",
    # A commit survives a power cut. NORMAL gains 15 % once commits are
    # grouped: not worth a lost charge.
    "PRAGMA synchronous = FULL",
    # The one there is has no index: to remove a sender would read all messages.
    # What it would do is done by us.
    "PRAGMA foreign_keys = OFF",
    # Where a statement of many rows keeps what it would undo: a file of its
    # own a batch otherwise, made and removed.
    "PRAGMA temp_store = MEMORY",
)

# KiB: a million senders and the index ends stay in memory.
_LARGE_CACHE = "PRAGMA cache_size = -65536"
_SMALL_CACHE = "PRAGMA cache_size = -2048"


def sqlite_dialect(
    path: Path, *, busy_timeout: float, looking: bool = False
) -> Dialect:
    """
    Return the dialect over a database file.

    Args:
        path: The file; made at the first connection.
        busy_timeout: Seconds to wait while another process writes.
        looking: For who reads many rows once and then ends: a large cache would
            only take time to fill.
    """
    cache = _SMALL_CACHE if looking else _LARGE_CACHE
    return Dialect(
        name="sqlite",
        connect=functools.partial(_connect, path, busy_timeout, cache),
        exists=path.is_file,
        failures=(sqlite3.Error,),
        translate=functools.partial(translate, path),
        placeholder="?",
        # Takes the write lock at once: nobody else gets between our reading
        # and our writing.
        begin="BEGIN IMMEDIATE",
        begin_reading="BEGIN",
        # Each length is a statement of its own that is prepared once and kept; each
        # run of it is one step without the interpreter's lock. More rows would pass
        # the 999 values that old versions take.
        most_rows=_MOST_ROWS,
        keep_existing=" ON CONFLICT (sender) DO NOTHING",
        overwriting=" ON CONFLICT (id) DO UPDATE SET",
        new="excluded.{}",
        packed=packed,
    )


def packed(columns: Sequence[Column]) -> str:
    names = ", ".join(name for name, _ in columns)
    return f"json_group_array(json_array({names}))"


def _connect(path: Path, busy_timeout: float, cache: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=busy_timeout,
        # Transactions are begun by us.
        isolation_level=None,
        # The pool gives a connection to one thread at a time.
        check_same_thread=False,
        cached_statements=4 * _MOST_ROWS + 32,
    )
    try:
        for pragma in (*_PRAGMAS, cache):
            _set(connection, pragma, time.monotonic() + busy_timeout)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, pragma: str, give_up: float) -> None:
    # SQLite does not wait by itself where two processes open a new file and
    # one of them is just changing it to WAL.
    while True:
        try:
            connection.execute(pragma).close()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up:
                raise
            time.sleep(_BUSY_PAUSE)
        else:
            return


def translate(path: Path, error: Exception) -> StoreError | None:
    """
    Return the error of ours, which names the file: SQLite's own words do not.
    Source: the SQLite page "Result and Error Codes".
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
    problem = f"{path}: {error}"
    if code in CONFLICTS:
        return StoreConflict(problem)
    if code in UNAVAILABLE:
        return StoreUnavailable(problem)
    if any(word in str(error) for word in _MISSING):
        return StoreOutdated(f"{problem}; run: rateguard migrate")
    return None
