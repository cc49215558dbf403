"""The resets begun, in memory."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.adapters.memory.state import State
from rateguard.domain.ports import ResetRun


@attrs.frozen
class MemoryResetLedger:
    """Implements ``ResetLedger``."""

    _state: State

    def latest(self) -> ResetRun | None:
        """Return the reset begun last."""
        resets = self._state.resets
        return resets[max(resets)] if resets else None

    def begin(self, at: dt.datetime) -> ResetRun:
        """Record a new run."""
        run = ResetRun(len(self._state.resets) + 1, at, 0)
        self._state.resets[run.id] = run
        return run

    def advance(self, run: ResetRun) -> None:
        """Keep the new position."""
        self._state.resets[run.id] = run
