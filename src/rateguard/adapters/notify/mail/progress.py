"""
Whom a notice need not be sent to again.
"""

from __future__ import annotations

import threading

from collections import OrderedDict
from collections.abc import Iterable


MAX_EVENTS = 1000
"""As many events are remembered, the latest."""


class Progress:
    """
    Recipients who have the mail about an event, or are never to have it. Kept
    in this process only: after a restart, or in another daemon, a repeat goes
    to everybody. For any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: OrderedDict[str, frozenset[str]] = OrderedDict()

    def settled(self, event_id: str) -> frozenset[str]:
        """
        Return those who are done.
        """
        with self._lock:
            return self._settled.get(event_id, frozenset())

    def settle(self, event_id: str, recipients: Iterable[str]) -> None:
        """
        Remember that these are done.
        """
        with self._lock:
            known = self._settled.pop(event_id, frozenset())
            self._settled[event_id] = known.union(recipients)
            while len(self._settled) > MAX_EVENTS:
                self._settled.popitem(last=False)
