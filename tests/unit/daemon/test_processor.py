"""Which processor the daemon keeps to."""

from __future__ import annotations

import asyncio

from collections.abc import Set as AbstractSet

import attrs

from rateguard.entrypoints.daemon.processor import (
    LONGEST_QUEUE,
    LOOK_SECONDS,
    QUIET_SHARE,
    OneProcessor,
    Strain,
)
from tests.unit.daemon.loops import hand_loop, in_loop, turns


ALL = frozenset({0, 1, 2, 3})


@attrs.define
class _Scheduler:
    """A kernel that does what the test says."""

    here: int = 2
    mask: AbstractSet[int] = ALL
    so_far: Strain = attrs.field(factory=lambda: Strain(7.0, 9.0))
    refuses: bool = False
    kept_to: list[AbstractSet[int]] = attrs.Factory(list)

    def strain(self) -> Strain:
        return self.so_far

    def current(self) -> int:
        return self.here

    def allowed(self) -> AbstractSet[int]:
        return self.mask

    def keep_to(self, processors: AbstractSet[int]) -> None:
        if self.refuses:
            raise PermissionError
        self.mask = processors
        self.kept_to.append(processors)

    def add(self, *, ran: float, waited: float) -> None:
        """Let time pass."""
        self.so_far = Strain(self.so_far.ran + ran, self.so_far.waited + waited)


def started(scheduler: _Scheduler) -> OneProcessor:
    processor = OneProcessor(scheduler, asyncio.get_running_loop())
    processor.start()
    return processor


async def look(scheduler: _Scheduler, *, ran: float, waited: float) -> None:
    """Let the time until the next look pass, with so much of it spent."""
    scheduler.add(ran=ran, waited=waited)
    hand_loop().skip(LOOK_SECONDS)
    await turns()


@in_loop
async def test_stays_where_it_was_started() -> None:
    """The kernel chose where there was room."""
    scheduler = _Scheduler(here=2)
    started(scheduler)

    assert scheduler.kept_to == [{2}]


@in_loop
async def test_waiting_for_its_own_threads_is_no_reason_to_go() -> None:
    """Less waiting than the bound leaves all as it is, however long it goes on."""
    scheduler = _Scheduler()
    started(scheduler)
    for _ in range(5):
        await look(scheduler, ran=3.0, waited=3.0 * LONGEST_QUEUE - 0.1)

    assert scheduler.kept_to == [{2}]


@in_loop
async def test_gives_way_to_others_and_settles_anew() -> None:
    """
    Kept waiting, it lets the kernel choose among all that it was given, and
    then stays there.
    """
    scheduler = _Scheduler()
    started(scheduler)
    await look(scheduler, ran=1.0, waited=1.0 * LONGEST_QUEUE + 0.1)
    scheduler.here = 3
    await look(scheduler, ran=1.0, waited=0.0)
    await look(scheduler, ran=1.0, waited=0.0)

    assert scheduler.kept_to == [{2}, ALL, {3}]


@in_loop
async def test_who_hardly_runs_is_not_in_a_queue() -> None:
    """A few requests on a machine that just did something else prove nothing."""
    scheduler = _Scheduler()
    started(scheduler)
    least = QUIET_SHARE * LOOK_SECONDS
    await look(scheduler, ran=least - 0.01, waited=4.0)

    assert scheduler.kept_to == [{2}]


@in_loop
async def test_one_processor_is_no_choice() -> None:
    """Given one, it does nothing, now and later."""
    scheduler = _Scheduler(mask=frozenset({1}))
    started(scheduler)
    await look(scheduler, ran=1.0, waited=5.0)

    assert scheduler.kept_to == []


@in_loop
async def test_what_somebody_else_says_holds() -> None:
    """Moved by an operator, with taskset, it leaves it at that."""
    scheduler = _Scheduler()
    started(scheduler)
    scheduler.mask = frozenset({0, 1})
    for _ in range(3):
        await look(scheduler, ran=1.0, waited=5.0)

    assert scheduler.kept_to == [{2}]
    assert scheduler.mask == {0, 1}


@in_loop
async def test_not_allowed_is_no_fault() -> None:
    """A sandbox that refuses leaves the daemon as the kernel has it."""
    scheduler = _Scheduler(refuses=True)
    started(scheduler)
    await look(scheduler, ran=1.0, waited=5.0)

    assert scheduler.mask == ALL


@in_loop
async def test_looks_no_more_once_stopped() -> None:
    """At the end nothing is left to run."""
    scheduler = _Scheduler()
    started(scheduler).stop()
    await look(scheduler, ran=1.0, waited=5.0)

    assert scheduler.kept_to == [{2}]
