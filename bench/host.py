"""What the machine under a virtual machine takes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import attrs


MOST_STOLEN = 0.01
"""Share of all processors from which a run says more about others than of us."""

ATTEMPTS = 5

_STAT = Path("/proc/stat")
_STEAL = 7
_FIELDS = 8


class _Run(Protocol):
    """The outcome of a run, an attrs class."""

    @property
    def exact(self) -> bool:
        """Whether every request was answered rightly and counted once."""

    @property
    def stolen(self) -> float:
        """Share of the processors that the host gave to others."""


_AnyRun = TypeVar("_AnyRun", bound=_Run)


def undisturbed(
    measure: Callable[[], _AnyRun],
    *,
    most: float = MOST_STOLEN,
    attempts: int = ATTEMPTS,
) -> _AnyRun:
    """
    Measure, again while the host takes more than its share, and return the run
    that it disturbed least, with what it took. One that is not exact is
    returned at once: that is no matter of speed.
    """
    runs: list[_AnyRun] = []
    for _ in range(attempts):
        before, run, after = _ticks(), measure(), _ticks()
        stolen = (after[0] - before[0]) / max(1, after[1] - before[1])
        runs.append(attrs.evolve(run, stolen=stolen))  # type: ignore[misc]
        if stolen <= most or not run.exact:
            return runs[-1]
    return min(runs, key=lambda run: run.stolen)


def _ticks() -> tuple[int, int]:
    """
    Return what was stolen of all processors since they run, and all there was.
    Source: proc(5). Not told on other systems.
    """
    if not _STAT.exists():
        return 0, 0
    first = _STAT.read_text("ascii").partition("\n")[0]
    fields = [int(field) for field in first.split()[1 : _FIELDS + 1]]
    return fields[_STEAL], sum(fields)
