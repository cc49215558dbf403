"""
The stores that are held to their contract, and how to look into them.
"""

from __future__ import annotations

import datetime as dt
import shutil

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from rateguard.adapters.memory import MemoryStore, MemoryUnitOfWork
from rateguard.adapters.sql.dialect import Dialect, as_time
from rateguard.adapters.sql.migrate import Migrator
from rateguard.adapters.sql.mysql import MysqlServer, mysql_dialect
from rateguard.adapters.sql.pool import ConnectionPool, PoolLimits
from rateguard.adapters.sql.sqlite import sqlite_dialect
from rateguard.adapters.sql.unit_of_work import SqlUnitOfWork
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Verdict
from rateguard.domain.quota import QuotaPolicy
from tests.integration.contracts.rig import KeptMessage, StoreRig
from tests.integration.rigs import free_port
from tests.integration.rigs.mariadb import PrivateMariaDb


MIGRATIONS = Path(__file__).parents[2] / "migrations"

_PATIENCE = 60.0
_LITTLE_PATIENCE = 0.05


@attrs.define
class MemoryRig:
    """
    Looks into a ``MemoryStore``.
    """

    store: MemoryStore = attrs.Factory(MemoryStore)

    def units(self) -> MemoryUnitOfWork:
        return self.store()

    def counters(self) -> dict[str, SenderCounter]:
        return dict(self.store._state.counters)

    def changed_at(self, sender: str) -> None:
        """
        The store does not keep it.
        """

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        self.store.set_policy(sender, policy)

    def messages(self) -> list[KeptMessage]:
        return [
            KeptMessage.of(kept.submission, kept.decision.verdict, kept.at)
            for kept in self.store.records
        ]

    def clear(self) -> None:
        self.store = MemoryStore()

    def checked_out(self) -> int:
        return int(self.store._turn.locked())


@attrs.define
class SqlRig:
    """
    Looks into the tables of an SQL store, through connections of its own.
    """

    dialect: Dialect
    pool: ConnectionPool

    def units(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.pool)

    def run(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """
        Run a statement and commit it; return its rows.
        """
        with (
            closing(self.dialect.connect()) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute(self.dialect.sql(statement), values)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
            connection.commit()
            return rows

    def counters(self) -> dict[str, SenderCounter]:
        rows = self.run(
            "SELECT sender, quota, quota_reset, quota_locked, msg_counter,"
            " rcpt_counter, msg_total, rcpt_total FROM ratelimits"
        )
        return {
            sender: SenderCounter(
                sender, QuotaPolicy(quota, quota_reset, bool(locked)), *counts
            )
            for sender, quota, quota_reset, locked, *counts in rows
        }

    def changed_at(self, sender: str) -> dt.datetime | None:
        rows = self.run("SELECT updated_at FROM ratelimits WHERE sender = {p}", sender)
        return as_time(rows[0][0])

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        self.run(
            "UPDATE ratelimits SET quota = {p}, quota_reset = {p},"
            " quota_locked = {p} WHERE sender = {p}",
            *(policy.quota, policy.quota_reset, policy.locked, sender),
        )

    def messages(self) -> list[KeptMessage]:
        rows = self.run(
            "SELECT blocked, created_at, transaction_id, rcpt_count, sender, msgid,"
            " from_addr, to_addr, client_address, client_name"
            " FROM messages ORDER BY id"
        )
        return [
            KeptMessage(
                transaction=transaction or "",
                recipients=recipients,
                verdict=Verdict.DEFER if blocked else Verdict.ACCEPT,
                at=as_time(at),
                **dict(zip(_TEXTS, texts, strict=True)),
            )
            for blocked, at, transaction, recipients, *texts in rows
        ]

    def clear(self) -> None:
        self.run("DELETE FROM messages")
        self.run("DELETE FROM ratelimits")
        self.run("DELETE FROM rateguard_resets")

    def checked_out(self) -> int:
        pool = self.pool._pool
        return 0 if pool is None else int(pool._connections)


_TEXTS = (
    *("sender", "queue_id", "from_address", "to_address"),
    *("client_address", "client_name"),
)


@attrs.define
class MariaDbRig(SqlRig):
    """
    The same, and breaks connections.
    """

    server: PrivateMariaDb

    def kill_connections(self) -> int:
        return self.server.kill_connections()
