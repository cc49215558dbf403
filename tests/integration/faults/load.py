"""Mail servers that ask all the time."""

from __future__ import annotations

import threading

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import attrs

from tests.integration.faults.victim import Victim, waited
from tests.integration.rigs.daemon import until


_PAUSE = 0.002


@attrs.define
class Load:
    """
    What was asked about so far.

    Attributes:
        asked: Messages of each sender.

        slowest: Seconds that the slowest reply took.
    """

    asked: Counter[str] = attrs.Factory(Counter)
    slowest: float = 0.0
    _ended: threading.Event = attrs.Factory(threading.Event)
    _lock: threading.Lock = attrs.Factory(threading.Lock)

    def runs(self, messages: int) -> None:
        """Return once that many more messages were asked about."""
        enough = self.asked.total() + messages
        until(lambda: self.asked.total() >= enough)

    def _ask(self, victim: Victim, process: int, senders: Sequence[str]) -> None:
        with victim.connect() as client:
            number = 0
            while not self._ended.wait(_PAUSE):
                sender = senders[number % len(senders)]
                number += 1
                instance = f"{victim.pid:x}.{number:x}.0.{process:x}"
                seconds = waited(client, sender, instance=instance)
                with self._lock:
                    self.asked[sender] += 1
                    self.slowest = max(self.slowest, seconds)


@contextmanager
def load(
    *victims: Victim, senders: Sequence[str], processes: int = 4
) -> Iterator[Load]:
    """
    Ask every daemon on some connections at once; every message has to pass
    in time.
    """
    running = Load()
    with ThreadPoolExecutor(processes * len(victims)) as pool:
        asking: list[Future[None]] = [
            pool.submit(running._ask, victim, process, senders)
            for victim in victims
            for process in range(processes)
        ]
        try:
            yield running
        finally:
            running._ended.set()
    for each in asking:
        each.result()
