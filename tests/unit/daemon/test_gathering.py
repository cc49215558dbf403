"""How long a batch waits for those who are late."""

from __future__ import annotations

import asyncio

from collections.abc import Sequence

from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.committer import LATE_TURNS, Gathering
from rateguard.entrypoints.daemon.lane import Lane, Waiting
from tests.unit.daemon.doubles import accept
from tests.unit.daemon.loops import in_loop, turns


class _Lane(Lane):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(name="lane", judge=accept, deliver=lambda _lane, _done: None)
        self.sizes: list[int] = []

    def put(self, arrived: list[Waiting]) -> None:
        """Note how many came."""
        if arrived:
            self.sizes.append(len(arrived))


def gathering() -> tuple[Gathering, _Lane]:
    lane = _Lane()
    return Gathering(lane, asyncio.get_running_loop()), lane


def add(gathered: Gathering, count: int) -> None:
    for _ in range(count):
        gathered.add(Waiting(Submission("anna"), lambda _reply: None, 0.0))


async def given(lane: _Lane, batches: int) -> int:
    """Return how many turns of the loop it takes until so many were given."""
    for turn in range(10 * LATE_TURNS):
        if len(lane.sizes) == batches:
            return turn
        await turns(1)
    raise AssertionError(lane.sizes)


async def batch(gathered: Gathering, lane: _Lane, count: int) -> int:
    """
    Let the lane have done with its batch and so many ask; return how many
    turns it takes until they are given.
    """
    before = len(lane.sizes)
    gathered.give_next()
    add(gathered, count)
    return await given(lane, before + 1)


async def sizes_of(*counts: int) -> Sequence[int]:
    gathered, lane = gathering()
    add(gathered, counts[0])
    await given(lane, 1)
    for count in counts[1:]:
        await batch(gathered, lane, count)
    return lane.sizes


@in_loop
async def test_nobody_waits_for_more_than_there_were() -> None:
    """As many as the last time are everybody: no turn is spent on waiting."""
    gathered, lane = gathering()
    add(gathered, 3)
    await given(lane, 1)

    assert await batch(gathered, lane, 3) < LATE_TURNS / 4
    assert lane.sizes == [3, 3]


@in_loop
async def test_who_is_late_comes_along() -> None:
    """Fewer than the last time wait for the others."""
    gathered, lane = gathering()
    add(gathered, 3)
    await given(lane, 1)
    gathered.give_next()
    add(gathered, 2)
    await turns(LATE_TURNS // 2)
    early = list(lane.sizes)
    add(gathered, 1)
    await given(lane, 2)

    assert early == [3]
    assert lane.sizes == [3, 3]


@in_loop
async def test_who_does_not_come_is_not_waited_for_any_longer() -> None:
    """After a bounded number of turns those who are there are judged."""
    assert await sizes_of(3, 1) == [3, 1]


@in_loop
async def test_waits_shorter_after_waiting_in_vain() -> None:
    """
    Where requests come as they like, the loop soon spends next to nothing on
    waiting for more.
    """
    gathered, lane = gathering()
    add(gathered, 2)
    await given(lane, 1)
    spent = []
    for _ in range(8):
        spent.append(await batch(gathered, lane, 1))
        await batch(gathered, lane, 2)

    assert spent[0] >= LATE_TURNS
    assert spent[1] <= LATE_TURNS // 2 + 8
    assert spent[-1] <= 8


@in_loop
async def test_waits_longer_once_it_paid() -> None:
    """Patience that was lost comes back when those who are late do come."""
    gathered, lane = gathering()
    add(gathered, 2)
    await given(lane, 1)
    for _ in range(8):
        await batch(gathered, lane, 1)
        await batch(gathered, lane, 2)
    for _ in range(8):
        before = len(lane.sizes)
        gathered.give_next()
        add(gathered, 1)
        # One turn sees the first, the next would wait one more.
        await turns(2)
        add(gathered, 1)
        await given(lane, before + 1)
        assert lane.sizes[-1] == 2

    assert await batch(gathered, lane, 1) >= LATE_TURNS
