"""The history in memory."""

from __future__ import annotations

import itertools

from collections.abc import Sequence

import attrs

from rateguard.adapters.memory.state import State
from rateguard.domain.orders import Change


@attrs.frozen
class MemoryHistory:
    """Implements ``History``."""

    _state: State

    def add(self, changes: Sequence[Change]) -> None:
        """Append."""
        self._state.history.extend(changes)

    def find(self, *, sender: str = "", limit: int) -> list[Change]:
        """Walk backwards."""
        own = (
            change
            for change in reversed(self._state.history)
            if sender in ("", change.sender)
        )
        return list(itertools.islice(own, limit))
