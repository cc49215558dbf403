"""
A store that lives and dies with the process: a real one, with the same
promises as the others but for durability.
"""

from __future__ import annotations

import datetime as dt
import threading

from collections.abc import Collection, Iterable, Sequence
from types import TracebackType
from typing import Self

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge
from rateguard.domain.ports import MessageRecord, ResetRun
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


@attrs.frozen
class _State:
    """
    Everything that is kept; a unit works on a copy and swaps it in.
    """

    counters: dict[str, SenderCounter] = attrs.Factory(dict)
    messages: list[MessageRecord] = attrs.Factory(list)
    resets: dict[int, ResetRun] = attrs.Factory(dict)

    def copy(self) -> _State:
        return _State(dict(self.counters), list(self.messages), dict(self.resets))


@attrs.define
class MemoryStore:
    """
    Makes units of work over one shared state, one unit at a time.
    """

    _state: _State = attrs.Factory(_State)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    def __call__(self) -> MemoryUnitOfWork:
        """
        Return a fresh unit of work.
        """
        return MemoryUnitOfWork(self)

    def counter(self, sender: str) -> SenderCounter | None:
        """
        Return a sender's committed counter.
        """
        return self._state.counters.get(sender)

    def set_policy(self, sender: str, policy: QuotaPolicy) -> None:
        """
        Do what an operator does in the table.
        """
        with self._turn:
            counter = self._state.counters[sender]
            self._state.counters[sender] = attrs.evolve(counter, policy=policy)

    @property
    def records(self) -> Sequence[MessageRecord]:
        """
        All committed messages, oldest first.
        """
        return tuple(self._state.messages)


@attrs.define
class MemoryUnitOfWork:
    """
    One turn on the store.
    """

    _store: MemoryStore
    _draft: _State = attrs.field(init=False, factory=_State)

    def __enter__(self) -> Self:
        self._store._turn.acquire()  # noqa: SLF001 - same room
        self._draft = self._store._state.copy()  # noqa: SLF001
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store._turn.release()  # noqa: SLF001

    def commit(self) -> None:
        """
        Swap the draft in.
        """
        self._store._state = self._draft  # noqa: SLF001
        self._draft = self._draft.copy()

    @property
    def counters(self) -> MemoryCounterRepository:
        """
        The counters in this unit.
        """
        return MemoryCounterRepository(self._draft)

    @property
    def messages(self) -> MemoryMessageLog:
        """
        The messages in this unit.
        """
        return MemoryMessageLog(self._draft)

    @property
    def resets(self) -> MemoryResetLedger:
        """
        The resets in this unit.
        """
        return MemoryResetLedger(self._draft)


@attrs.frozen
class MemoryCounterRepository:
    """
    Implements ``CounterRepository``.
    """

    _state: _State

    def lock(
        self, senders: Collection[str], *, default: QuotaPolicy, at: dt.datetime
    ) -> dict[str, SenderCounter]:
        """
        The whole store is already ours; only missing counters are made.
        """
        counters = self._state.counters
        for sender in sorted(senders):
            counters.setdefault(sender, SenderCounter(sender, default))
        return {sender: counters[sender] for sender in senders}

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        """
        Keep what was charged, not the policy.
        """
        for counter in counters:
            policy = self._state.counters[counter.sender].policy
            kept = attrs.evolve(counter, policy=policy)
            self._state.counters[counter.sender] = kept

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """
        Positions are those of insertion, from 1.
        """
        chunk = list(self._state.counters)[after : after + limit]
        for sender in chunk:
            self._state.counters[sender] = self._state.counters[sender].reset()
        return after + len(chunk) if chunk else None


@attrs.frozen
class MemoryMessageLog:
    """
    Implements ``MessageLog``.
    """

    _state: _State

    def charges(
        self, submissions: Sequence[Submission]
    ) -> dict[tuple[str, str], Charge]:
        """
        Look every message up by sender and transaction.
        """
        wanted = {_key(each) for each in submissions if each.transaction}
        return {
            key: Charge(record.submission.recipients, record.decision.verdict)
            for record in self._state.messages
            if (key := _key(record.submission)) in wanted
        }

    def add(self, records: Sequence[MessageRecord]) -> None:
        """
        Append.
        """
        self._state.messages.extend(records)

    def amend(self, records: Sequence[MessageRecord]) -> None:
        """
        Replace recipients and verdict, keep everything else.
        """
        grown = {_key(record.submission): record for record in records}
        self._state.messages[:] = [
            _amended(record, grown.get(_key(record.submission)))
            for record in self._state.messages
        ]

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """
        Drop the oldest first.
        """
        messages = self._state.messages
        old = [index for index, kept in enumerate(messages) if kept.at < before]
        for index in reversed(old[:limit]):
            del messages[index]
        return min(len(old), limit)


@attrs.frozen
class MemoryResetLedger:
    """
    Implements ``ResetLedger``.
    """

    _state: _State

    def latest(self) -> ResetRun | None:
        """
        Return the reset begun last.
        """
        resets = self._state.resets
        return resets[max(resets)] if resets else None

    def begin(self, at: dt.datetime) -> ResetRun:
        """
        Record a new run.
        """
        run = ResetRun(len(self._state.resets) + 1, at, 0)
        self._state.resets[run.id] = run
        return run

    def advance(self, run: ResetRun) -> None:
        """
        Keep the new position.
        """
        self._state.resets[run.id] = run


def _key(submission: Submission) -> tuple[str, str]:
    return submission.sender, submission.transaction


def _amended(kept: MessageRecord, grown: MessageRecord | None) -> MessageRecord:
    if grown is None or not kept.submission.transaction:
        return kept
    submission = attrs.evolve(kept.submission, recipients=grown.submission.recipients)
    return attrs.evolve(kept, submission=submission, decision=grown.decision)
