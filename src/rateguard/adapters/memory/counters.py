"""What is kept of senders: counters, resets, what operators did."""

from __future__ import annotations

import datetime as dt
import itertools

from collections.abc import Collection, Iterable, Sequence

import attrs

from rateguard.adapters.memory.state import State
from rateguard.domain.counter import SenderCounter
from rateguard.domain.orders import Change
from rateguard.domain.ports import ResetRun
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


@attrs.frozen
class MemoryCounterRepository:
    """Implements ``CounterRepository``."""

    _state: State

    def lock(
        self,
        senders: Collection[str],
        *,
        default: QuotaPolicy,
        at: dt.datetime,
        charging: Sequence[Submission] = (),
    ) -> dict[str, SenderCounter]:
        """The whole store is already ours; only missing counters are made."""
        counters, places = self._state.counters, self._state.places
        for sender in sorted(senders):
            if sender not in counters:
                counters[sender] = SenderCounter(sender, default)
                places[sender] = next(self._state.numbers)
        return {sender: counters[sender] for sender in senders}

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        """Keep what was charged, not the policy."""
        for counter in counters:
            policy = self._state.counters[counter.sender].policy
            kept = attrs.evolve(counter, policy=policy)
            self._state.counters[counter.sender] = kept

    def find(self, senders: Collection[str]) -> dict[str, SenderCounter]:
        counters = self._state.counters
        return {each: counters[each] for each in sorted(senders) if each in counters}

    def set_policies(self, counters: Iterable[SenderCounter]) -> None:
        """Keep the policy, not what was charged."""
        for counter in counters:
            kept = self._state.counters[counter.sender]
            self._state.counters[counter.sender] = attrs.evolve(
                kept, policy=counter.policy
            )

    def remove(self, senders: Collection[str], *, let_go: int = 0) -> None:
        """A place is never given again, so their messages are nobody's."""
        for sender in senders:
            del self._state.counters[sender]
            del self._state.places[sender]

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        """Positions are places."""
        counters, places = self._state.counters, self._state.places
        chunk = [each for each in places if places[each] > after][:limit]
        for sender in chunk:
            counters[sender] = counters[sender].reset()
        return places[chunk[-1]] if chunk else None


@attrs.frozen
class MemoryResetLedger:
    """Implements ``ResetLedger``."""

    _state: State

    def latest(self) -> ResetRun | None:
        resets = self._state.resets
        return resets[max(resets)] if resets else None

    def begin(self, at: dt.datetime) -> ResetRun:
        run = ResetRun(len(self._state.resets) + 1, at, 0)
        self._state.resets[run.id] = run
        return run

    def advance(self, run: ResetRun) -> None:
        self._state.resets[run.id] = run


@attrs.frozen
class MemoryHistory:
    """Implements ``History``."""

    _state: State

    def add(self, changes: Sequence[Change]) -> None:
        self._state.history.extend(changes)

    def find(self, *, sender: str = "", limit: int) -> list[Change]:
        own = (
            change
            for change in reversed(self._state.history)
            if sender in ("", change.sender)
        )
        return list(itertools.islice(own, limit))
