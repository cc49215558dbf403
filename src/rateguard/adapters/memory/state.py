"""
What the store in memory keeps.
"""

from __future__ import annotations

import itertools

from collections.abc import Iterator

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.history import Change
from rateguard.domain.notice import Delivery
from rateguard.domain.ports import MessageRecord, ResetRun


@attrs.frozen
class State:
    """
    Everything that is kept; a unit works on a copy and swaps it in.
    """

    counters: dict[str, SenderCounter] = attrs.Factory(dict)
    messages: list[MessageRecord] = attrs.Factory(list)
    resets: dict[int, ResetRun] = attrs.Factory(dict)
    outbox: dict[int, Delivery] = attrs.Factory(dict)
    delivery_ids: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))
    """Never the same again: somebody may still speak of what was purged."""
    history: list[Change] = attrs.Factory(list)

    def copy(self) -> State:
        """
        Return a copy that may be changed.
        """
        return State(
            dict(self.counters),
            list(self.messages),
            dict(self.resets),
            dict(self.outbox),
            self.delivery_ids,
            list(self.history),
        )
