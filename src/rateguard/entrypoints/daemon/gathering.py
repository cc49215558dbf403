"""
What arrives for a lane becomes its next batch.
"""

from __future__ import annotations

import asyncio

from rateguard.entrypoints.daemon.lane import Lane, Waiting


MOST_TURNS = 64
"""Turns of the loop that a lane waits while its batch grows, at the most."""

LATE_TURNS = 64
"""
Turns that bring nothing, for which it waits if more came the last time: half a
millisecond, in which a peer that was just answered asks again. Fewer where that
was in vain.
"""


class Gathering:
    """
    Collects requests for one lane. All methods belong to the event loop.
    """

    __slots__ = ("_arrived", "_given", "_lane", "_loop", "_patience", "_taken")

    def __init__(self, lane: Lane, loop: asyncio.AbstractEventLoop) -> None:
        self._lane = lane
        self._loop = loop
        self._arrived: list[Waiting] = []
        # How many the last batch had.
        self._given = 0
        # How many turns to wait for those who are late.
        self._patience = LATE_TURNS
        # Whether the lane has a batch, or is about to be given one.
        self._taken = False

    def add(self, waiting: Waiting) -> None:
        """
        Have a request in the next batch.
        """
        self._arrived.append(waiting)
        if not self._taken:
            self._taken = True
            self._loop.call_soon(self._give, 0)

    def give_next(self) -> None:
        """
        The lane is done with a batch: begin on the next.
        """
        self._loop.call_soon(self._give, -1)

    def give_all(self) -> None:
        """
        Give the lane what is here, without waiting for more.
        """
        self._lane.put(self._arrived)
        self._arrived = []

    def _give(
        self, seen: int, turns: int = MOST_TURNS, late: int | None = None
    ) -> None:
        """
        Give the lane all that arrived, once a turn of the loop brings nothing
        new; some turns more if there were more the last time, since who is
        late waits for a whole batch. So lane and loop take turns at the
        interpreter instead of fighting for it, and the batch is everybody
        whose request was there to be read. Nobody waits for a clock: the loop
        is busy all the while.

        Args:
            seen: How many there were the turn before.

            turns: How often more may have come until it is enough.

            late: Turns left for those who are late; None before the first.
        """
        count = len(self._arrived)
        if count > seen and turns:
            if late is not None:
                # It paid to wait.
                self._patience = min(2 * self._patience, LATE_TURNS)
            self._loop.call_soon(self._give, count, turns - 1)
        elif 0 < count < self._given and late != 0:
            left = self._patience if late is None else late
            self._loop.call_soon(self._give, count, turns, left - 1)
        elif count:
            if count < self._given:
                # In vain: next time for half as long.
                self._patience = max(1, self._patience // 2)
            self._given = count
            self.give_all()
        else:
            self._taken = False
