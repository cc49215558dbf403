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
"""The place of a sender without a counter."""


@attrs.frozen
class Kept:
    """
    A message that is kept.

    Attributes:
        place: That of its sender; where that was removed, nobody's any more.
    """

    id: int
    record: MessageRecord
    place: int


@attrs.frozen
class State:
    """
    Everything that is kept; a unit works on a copy and swaps it in.

    Attributes:
        places: Of the senders, in the order in which they came.

        numbers: The next place or id. None is given twice, not even one that was
            rolled back: messages may still be of a sender that was removed, and
            somebody may still speak of a delivery that was purged.
    """

    counters: dict[str, SenderCounter] = attrs.Factory(dict)
    places: dict[str, int] = attrs.Factory(dict)
    messages: list[Kept] = attrs.Factory(list)
    resets: dict[int, ResetRun] = attrs.Factory(dict)
    outbox: dict[int, Delivery] = attrs.Factory(dict)
    history: list[Change] = attrs.Factory(list)
    numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))

    def copy(self) -> State:
        """Return a copy that may be changed."""
        return State(
            dict(self.counters),
            dict(self.places),
            list(self.messages),
            dict(self.resets),
            dict(self.outbox),
            list(self.history),
            self.numbers,
        )
