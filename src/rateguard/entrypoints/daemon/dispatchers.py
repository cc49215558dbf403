"""
All who see to it that somebody is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from rateguard.entrypoints.daemon.dispatcher import Dispatcher
from rateguard.entrypoints.daemon.ending import hanging


@attrs.frozen
class Dispatchers:
    """
    One for each notifier.
    """

    each: Sequence[Dispatcher]

    def start(self) -> None:
        """
        Begin to deliver.
        """
        for dispatcher in self.each:
            dispatcher.start()

    def wake(self) -> None:
        """
        Look at once. From any thread.
        """
        for dispatcher in self.each:
            dispatcher.wake()

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """
        Return how many attempts came to what, by the notifier. From any
        thread.
        """
        return {each.name: each.outcomes.copy() for each in self.each}

    def stop(self) -> None:
        """
        Begin nothing more.
        """
        for dispatcher in self.each:
            dispatcher.stop()

    def join(self, timeout: float) -> bool:
        """
        Wait for the end; whether it came within *timeout* seconds.
        """
        return not hanging(self.each, timeout)
