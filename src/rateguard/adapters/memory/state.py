"""What the store in memory keeps."""

from __future__ import annotations

import itertools

from collections.abc import Iterator

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import Delivery
from rateguard.domain.orders import Change
from rateguard.domain.ports import MessageRecord, ResetRun


NOBODY = 0
"""The place of whom there never was a counter."""


@attrs.frozen
class Kept:
    """
    A message that is kept.

    Attributes:
        place: That of its sender; where he was removed, nobody's any more.
    """

    record: MessageRecord
    place: int


@attrs.frozen
class State:
    """
    Everything that is kept; a unit works on a copy and swaps it in.

    Attributes:
        places: Of the senders, in the order in which they came.
    """

    counters: dict[str, SenderCounter] = attrs.Factory(dict)
    places: dict[str, int] = attrs.Factory(dict)
    messages: list[Kept] = attrs.Factory(list)
    resets: dict[int, ResetRun] = attrs.Factory(dict)
    outbox: dict[int, Delivery] = attrs.Factory(dict)
    delivery_ids: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))
    """Never the same again: somebody may still speak of what was purged."""
    free_places: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))
    """Never the same again: messages may still be of who was removed."""
    history: list[Change] = attrs.Factory(list)

    def copy(self) -> State:
        """Return a copy that may be changed."""
        return State(
            dict(self.counters),
            dict(self.places),
            list(self.messages),
            dict(self.resets),
            dict(self.outbox),
            self.delivery_ids,
            self.free_places,
            list(self.history),
        )
