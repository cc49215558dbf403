"""A store that tells what is asked of it, and may fail at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import attrs

from rateguard.adapters.memory import MemoryStore
from rateguard.adapters.memory.repositories import (
    MemoryCounterRepository,
    MemoryMessageLog,
    MemoryOutbox,
    MemoryResetLedger,
)
from rateguard.adapters.memory.store import MemoryUnitOfWork


@attrs.define
class WatchedUnits:
    """
    Makes units of work over a store in memory.

    Attributes:
        calls: What was asked, in order, over all units; of the outbox as
            ``outbox.add``.

        failing: The call that fails.

        fault: What it raises.
    """

    store: MemoryStore = attrs.Factory(MemoryStore)
    failing: str = ""
    fault: Exception = attrs.Factory(lambda: RuntimeError("the test wants it"))
    calls: list[str] = attrs.Factory(list)

    def __call__(self) -> WatchedUnit:
        """Return a fresh unit of work."""
        return WatchedUnit(self.store, self)

    def note(self, call: str) -> None:
        """Keep a call, or fail at it."""
        self.calls.append(call)
        if call == self.failing:
            raise self.fault


class WatchedUnit(MemoryUnitOfWork):
    """A unit of work whose every call is noted before it is done."""

    def __init__(self, store: MemoryStore, units: WatchedUnits) -> None:
        super().__init__(store)
        self._units = units

    def commit(self) -> None:
        """Note it, then do it."""
        self._units.note("commit")
        super().commit()

    @property
    def counters(self) -> MemoryCounterRepository:
        """The counters, watched."""
        return cast("MemoryCounterRepository", self._watched(super().counters))

    @property
    def messages(self) -> MemoryMessageLog:
        """The messages, watched."""
        return cast("MemoryMessageLog", self._watched(super().messages))

    @property
    def resets(self) -> MemoryResetLedger:
        """The resets, watched."""
        return cast("MemoryResetLedger", self._watched(super().resets))

    @property
    def outbox(self) -> MemoryOutbox:
        """The outbox, watched."""
        return cast("MemoryOutbox", self._watched(super().outbox, "outbox."))

    def _watched(self, port: object, prefix: str = "") -> object:
        return _Watched(port, self._units.note, prefix)


@attrs.frozen
class _Watched:
    _port: object
    _note: Callable[[str], None]
    _prefix: str

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **options: Any) -> Any:
            self._note(self._prefix + name)
            return method(*args, **options)

        return call
