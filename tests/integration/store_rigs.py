"""How the tests look into the stores that ship with RateGuard."""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import attrs

from rateguard.adapters.memory import MemoryStore, MemoryUnitOfWork
from rateguard.adapters.sql.counters import counter_of
from rateguard.adapters.sql.database import SqlUnitOfWork
from rateguard.adapters.sql.dialect import Dialect, as_text, as_time
from rateguard.adapters.sql.pool import ConnectionPool
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Verdict
from rateguard.domain.quota import QuotaPolicy
from tests.integration.contracts.rig import NOTIFIERS, KeptMessage
from tests.integration.rigs.mariadb import PrivateMariaDb


_TABLES = (
    *("messages", "ratelimits"),
    *("rateguard_resets", "rateguard_outbox", "rateguard_history"),
)

_TEXTS = (
    *("sender", "queue_id", "from_address", "to_address"),
    *("client_address", "client_name"),
)


def memory_store() -> MemoryStore:
    return MemoryStore(notifiers=NOTIFIERS)


@attrs.define
class MemoryRig:
    """Looks into a ``MemoryStore``."""

    store: MemoryStore = attrs.Factory(memory_store)

    def units(self) -> MemoryUnitOfWork:
        """Return a fresh unit of work."""
        return self.store()

    def counters(self) -> dict[str, SenderCounter]:
        """Return the counter of every sender."""
        return dict(self.store._state.counters)

    def changed_at(self, sender: str) -> None:
        """The store does not keep it."""

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        """Give a sender another policy."""
        self.store.set_policy(sender, policy)

    def messages(self) -> list[KeptMessage]:
        """Return all messages."""
        return [
            KeptMessage.of(kept.submission, kept.decision.verdict, kept.at)
            for kept in self.store.records
        ]

    def clear(self) -> None:
        """Forget everything."""
        self.store = memory_store()

    def checked_out(self) -> int:
        """Return how many units are at work."""
        return int(self.store._turn.locked())


@attrs.define
class SqlRig:
    """Looks into the tables of an SQL store, through connections of its own."""

    dialect: Dialect
    pool: ConnectionPool

    def units(self) -> SqlUnitOfWork:
        """Return a fresh unit of work."""
        return SqlUnitOfWork(self.pool, NOTIFIERS)

    def run(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Run a statement and commit it; return its rows."""
        with (
            closing(self.dialect.connect()) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute(self.dialect.sql(statement), values)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
            connection.commit()
            return rows

    def counters(self) -> dict[str, SenderCounter]:
        """Return the counter of every sender."""
        rows = self.run(
            "SELECT sender, quota, quota_reset, quota_locked, suspended,"
            " raised_quota, raised_until, msg_counter, rcpt_counter, msg_total,"
            " rcpt_total FROM ratelimits"
        )
        return {sender: counter_of(sender, columns) for sender, *columns in rows}

    def changed_at(self, sender: str) -> dt.datetime | None:
        """Return when a counter was last changed."""
        rows = self.run("SELECT updated_at FROM ratelimits WHERE sender = {p}", sender)
        return as_time(rows[0][0])

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        """Give a sender another policy."""
        self.run(
            "UPDATE ratelimits SET quota = {p}, quota_reset = {p},"
            " quota_locked = {p}, suspended = {p}, raised_quota = {p},"
            " raised_until = {p} WHERE sender = {p}",
            *(policy.quota, policy.quota_reset, policy.locked, policy.suspended),
            policy.raised.quota if policy.raised else None,
            as_text(policy.raised.until)
            if policy.raised and policy.raised.until
            else None,
            sender,
        )

    def messages(self) -> list[KeptMessage]:
        """Return all messages."""
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
        """Forget everything."""
        with closing(self.dialect.connect()) as connection:
            for table in _TABLES:
                connection.cursor().execute(f"DELETE FROM {table}")
            connection.commit()

    def checked_out(self) -> int:
        """Return how many units are at work."""
        pool = self.pool._pool
        return 0 if pool is None else int(pool._connections)


@attrs.define
class MariaDbRig(SqlRig):
    """The same, and breaks connections."""

    server: PrivateMariaDb

    def kill_connections(self) -> int:
        """Kill all of them; return how many there were."""
        return self.server.kill_connections()
