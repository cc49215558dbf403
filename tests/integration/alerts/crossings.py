"""Senders who cross their quota, and what somebody was told of it."""

from __future__ import annotations

import contextlib
import itertools
import threading

from collections.abc import Callable, Iterator, Sequence
from typing import Self

import attrs

from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.receiver import HookReceiver


_AGAIN_SECONDS = 0.05

SECRET = "a secret of the tests"


def hooked(receiver: HookReceiver, **settings: str) -> dict[str, str]:
    """
    Return settings with which every sender's first message crosses, and the
    receiver is told.
    """
    return {
        "QUOTA": "0",
        "WEBHOOK_ENABLED": "true",
        "WEBHOOK_URL": receiver.url("/hook"),
        "WEBHOOK_SECRET": SECRET,
        **settings,
    }


def keys(receiver: HookReceiver) -> list[str]:
    """Return the idempotency keys received, repeats included."""
    return [each.headers["Idempotency-Key"] for each in receiver.received]


@attrs.define
class Crossers:
    """
    New senders that cross one after the other, from several connections, for
    as long as the block lasts; a daemon that is away is asked again.

    Attributes:
        answered: How many were answered.
    """

    daemons: Callable[[], Sequence[PrivateDaemon]]
    connections: int = 4
    answered: int = 0
    _number: Iterator[int] = attrs.Factory(itertools.count)
    _over: threading.Event = attrs.Factory(threading.Event)
    _threads: list[threading.Thread] = attrs.Factory(list)

    def __enter__(self) -> Self:
        for number in range(self.connections):
            thread = threading.Thread(target=self._cross, args=(number,))
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Return when so many more were answered."""
        enough = self.answered + more
        until(lambda: self.answered >= enough)

    def _cross(self, number: int) -> None:
        while not self._over.is_set():
            daemons = self.daemons()
            with (
                contextlib.suppress(OSError, EOFError),
                daemons[number % len(daemons)].connect() as client,
            ):
                while not self._over.is_set():
                    client.ask(f"sender{next(self._number)}@example.org")
                    self.answered += 1
            # Not to be in the way of the daemon that is just starting.
            self._over.wait(_AGAIN_SECONDS)
