"""
Which processor the daemon runs on: one at a time.

Its threads take turns at the interpreter, so a second processor is of little
use to them, and to wake a thread on another one that sleeps takes longer than
what it is woken for. Figures: DECISIONS.md, "Speed".
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Protocol

import attrs


LOOK_SECONDS = 5.0
"""From one look at how we fare to the next."""

LONGEST_QUEUE = 1.25
"""
Seconds of waiting for each second of running, from which somebody else is
in our way. Alone on their processor, our threads wait half a second for each
other.
"""

QUIET_SHARE = 0.05
"""Of a processor: who needs less cannot tell whether he is in a queue."""

_NANOSECONDS = 1_000_000_000
_OWN = Path("/proc/self")
_PROCESSOR_FIELD = 36
"""Of proc(5)'s ``stat``, counted behind the name of the program."""

_log = logging.getLogger(__name__)


@attrs.frozen
class Strain:
    """
    Seconds since the process began, of all its threads: how long they ran,
    and how long they could have but had to wait for a processor.
    """

    ran: float
    waited: float

    def since(self, earlier: Strain) -> Strain:
        """Return what was added."""
        return Strain(self.ran - earlier.ran, self.waited - earlier.waited)


class Scheduler(Protocol):
    """What the kernel tells and takes; all of it may raise OSError."""

    def strain(self) -> Strain:
        """Return how the process fared so far."""

    def current(self) -> int:
        """Return the processor that we run on."""

    def allowed(self) -> AbstractSet[int]:
        """Return the processors that we may run on."""

    def keep_to(self, processors: AbstractSet[int]) -> None:
        """Have all threads run on these alone."""


class LinuxScheduler:
    """
    The real one. Source: proc(5), sched_setaffinity(2). Reads only what the
    process may see of itself, so a unit may hide the rest of ``/proc``.
    """

    def strain(self) -> Strain:
        """Return the sum over the threads that live."""
        ran = waited = 0
        for thread in (_OWN / "task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                each_ran, each_waited, _ = (thread / "schedstat").read_text().split()
                ran += int(each_ran)
                waited += int(each_waited)
        return Strain(ran / _NANOSECONDS, waited / _NANOSECONDS)

    def current(self) -> int:
        """Return where the main thread runs."""
        _, _, fields = (_OWN / "stat").read_text().rpartition(")")
        return int(fields.split()[_PROCESSOR_FIELD])

    def allowed(self) -> AbstractSet[int]:
        """Return what holds for the calling thread."""
        return os.sched_getaffinity(0)

    def keep_to(self, processors: AbstractSet[int]) -> None:
        """Tell all that live; those they start do as they do."""
        for thread in (_OWN / "task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), processors)


class OneProcessor:
    """
    Keeps to the processor that the kernel chose for us. Where others are in
    our way, it lets the kernel choose again, from all that we were given.
    Belongs to the event loop.
    """

    def __init__(self, scheduler: Scheduler, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduler = scheduler
        self._loop = loop
        self._given: AbstractSet[int] = frozenset()
        self._ours: AbstractSet[int] = frozenset()
        self._before = Strain(0.0, 0.0)
        self._next: asyncio.TimerHandle | None = None

    @classmethod
    def here(cls) -> OneProcessor | None:
        """
        Return one for the running event loop; None where a process cannot
        say where it wants to run.
        """
        if not hasattr(os, "sched_setaffinity"):
            return None
        return cls(LinuxScheduler(), asyncio.get_running_loop())

    def start(self) -> None:
        """
        Settle. Does nothing where there is no choice, or where the kernel
        does not let us: it is slower then, and no worse.
        """
        try:
            self._given = self._ours = self._scheduler.allowed()
            if len(self._given) > 1:
                self._before = self._scheduler.strain()
                self._settle()
                self._look_later()
        except (OSError, ValueError) as error:
            _log.debug("not kept to one processor: %s", error)

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()

    def _look_later(self) -> None:
        self._next = self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        try:
            if self._scheduler.allowed() != self._ours:
                # Somebody else said where we are to run: let him.
                return
            strain = self._scheduler.strain()
            added, self._before = strain.since(self._before), strain
            if self._ours == self._given:
                self._settle()
            elif (
                added.ran >= QUIET_SHARE * LOOK_SECONDS
                and added.waited > LONGEST_QUEUE * added.ran
            ):
                self._keep_to(self._given)
            self._look_later()
        except (OSError, ValueError) as error:
            _log.debug("not kept to one processor any more: %s", error)

    def _settle(self) -> None:
        self._keep_to(frozenset({self._scheduler.current()}))

    def _keep_to(self, processors: AbstractSet[int]) -> None:
        self._scheduler.keep_to(processors)
        self._ours = processors
