"""
Waiting for several that end.
"""

from __future__ import annotations

import time

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Ending(Protocol):
    """
    What was told to end.
    """

    def join(self, timeout: float) -> bool:
        """
        Wait for the end; whether it came within *timeout* seconds.
        """


_E = TypeVar("_E", bound=Ending)


def hanging(each: Iterable[_E], timeout: float) -> list[_E]:
    """
    Wait for the end of all, *timeout* seconds for all of them together; return
    those to whom it did not come.
    """
    give_up = time.monotonic() + timeout
    return [one for one in each if not one.join(max(0.0, give_up - time.monotonic()))]
