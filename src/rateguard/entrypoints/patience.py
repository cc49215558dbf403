"""
Work in many short steps beside a running daemon.
"""

from __future__ import annotations

import time

from collections.abc import Callable
from typing import TypeVar

from rateguard.domain.errors import StoreConflict


CONFLICT_SECONDS = 60.0
"""How long one step is tried while others hold what it needs."""

_RETRY_PAUSE = 0.01
_SHORTEST_PAUSE = 0.002

_T = TypeVar("_T")


def patiently(step: Callable[[], _T]) -> _T:
    """
    Return what *step* does, once nobody is in its way; then rest for as long
    as it took, so that the daemon always gets its turn.

    Raises:
        StoreConflict: somebody was in the way for too long.
    """
    give_up = time.monotonic() + CONFLICT_SECONDS
    while True:
        began = time.monotonic()
        try:
            done = step()
        except StoreConflict:
            if time.monotonic() > give_up:
                raise
            time.sleep(_RETRY_PAUSE)
        else:
            time.sleep(max(_SHORTEST_PAUSE, time.monotonic() - began))
            return done
