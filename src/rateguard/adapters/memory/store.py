"""The store and its units of work."""

from __future__ import annotations

import threading

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import attrs

from rateguard.adapters.memory.reports import MemoryReports
from rateguard.adapters.memory.repositories import (
    MemoryCounterRepository,
    MemoryHistory,
    MemoryMessageLog,
    MemoryOutbox,
    MemoryResetLedger,
    State,
)
from rateguard.domain.counter import SenderCounter
from rateguard.domain.ports import MessageRecord
from rateguard.domain.quota import QuotaPolicy


@attrs.define
class MemoryStore:
    """
    Makes units of work over one shared state, one unit at a time.

    Args:
        notifiers: Names of those who are told.
    """

    _state: State = attrs.Factory(State)
    _notifiers: Sequence[str] = ()
    _turn: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    def __call__(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self)

    def counter(self, sender: str) -> SenderCounter | None:
        return self._state.counters.get(sender)

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        """Do what an operator does in the table."""
        with self._turn:
            counter = self._state.counters[sender]
            self._state.counters[sender] = attrs.evolve(counter, policy=policy)

    @property
    def records(self) -> Sequence[MessageRecord]:
        """All committed messages, oldest first."""
        return tuple(kept.record for kept in self._state.messages.values())


@attrs.define
class MemoryUnitOfWork:
    """One turn on the store: works on a draft, which a commit swaps in."""

    _store: MemoryStore
    _draft: State = attrs.field(init=False, factory=State)

    def __enter__(self) -> Self:
        self._store._turn.acquire()  # noqa: SLF001 - same room
        self._draft = self._store._state.copy()  # noqa: SLF001 - same room
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store._turn.release()  # noqa: SLF001 - same room

    def commit(self) -> None:
        self._store._state = self._draft  # noqa: SLF001 - same room
        self._draft = self._draft.copy()

    @property
    def counters(self) -> MemoryCounterRepository:
        return MemoryCounterRepository(self._draft)

    @property
    def messages(self) -> MemoryMessageLog:
        return MemoryMessageLog(self._draft)

    @property
    def resets(self) -> MemoryResetLedger:
        return MemoryResetLedger(self._draft)

    @property
    def history(self) -> MemoryHistory:
        return MemoryHistory(self._draft)

    @property
    def reports(self) -> MemoryReports:
        return MemoryReports(self._draft)

    @property
    def outbox(self) -> MemoryOutbox:
        notifiers = self._store._notifiers  # noqa: SLF001 - same room
        return MemoryOutbox(self._draft, notifiers)
