"""
A database file with the whole schema, as a daemon leaves it after its first
start.
"""

from __future__ import annotations

import functools
import tempfile

from pathlib import Path

from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.sqlite import sqlite_dialect


MIGRATIONS = Path(__file__).parents[3] / "migrations"


def ready_file(path: Path) -> None:
    """
    Write it to *path*. The migrations are run once, for they cost as much as
    the start of a process.
    """
    path.write_bytes(_migrated())


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rateguard.db")
        dialect = sqlite_dialect(path, busy_timeout=60)
        Migrator(dialect, MIGRATIONS, str(path), dialect).apply()
        return path.read_bytes()
