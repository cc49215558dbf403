"""
Feeds systemd's watchdog for as long as requests are answered.
"""

from __future__ import annotations

import asyncio
import logging

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs


GRACE_SECONDS = 1.0
"""How much later than its deadline a request may be answered on a busy machine."""

_log = logging.getLogger(__name__)


class Vitals(Protocol):
    """
    What tells whether requests are answered; a ``Committer`` does.
    """

    @property
    def judges(self) -> bool:
        """
        Whether the store works; without it mail passes uncounted.
        """
        ...

    def longest_wait(self) -> float:
        """
        Return for how many seconds the oldest request has been waiting.
        """
        ...

    def ended_lanes(self) -> Sequence[str]:
        """
        Return the names of the lanes whose thread is no more.
        """
        ...


@attrs.frozen
class Health:
    """
    Says what only a restart can mend.

    A store that hangs is nothing of the kind: what fails open is answered, too.

    Attributes:
        deadline: Seconds within which every request is answered.
    """

    vitals: Vitals
    deadline: float

    def ailment(self) -> str | None:
        """
        Return what keeps requests from being answered; None if nothing does.
        """
        ended = self.vitals.ended_lanes()
        if ended:
            return f"{', '.join(ended)} ended by itself"
        waits = self.vitals.longest_wait()
        if waits > self.deadline + GRACE_SECONDS:
            return f"a request has been waiting for {waits:.0f} s"
        return None

    def status(self) -> str:
        """
        Return a line for ``systemctl status``.
        """
        ailment = self.ailment()
        if ailment is not None:
            return f"not answering: {ailment}"
        if not self.vitals.judges:
            return "store unavailable, mail passes uncounted"
        return "guarding"


class Heartbeat:
    """
    Beats in the event loop: when that hangs, it stops of itself.

    Args:
        tell: As that of ``ServiceManager``.

        seconds: From one beat to the next.
    """

    def __init__(
        self, *, tell: Callable[..., object], seconds: float, health: Health
    ) -> None:
        self._tell = tell
        self._seconds = seconds
        self._health = health
        self._loop = asyncio.get_running_loop()
        self._status = ""
        self._ailment: str | None = None
        self._next: asyncio.TimerHandle | None = None

    def beat(self) -> None:
        """
        Beat, and go on beating.
        """
        self._next = self._loop.call_later(self._seconds, self.beat)
        facts: dict[str, object] = {}
        ailment = self._health.ailment()
        if ailment is None:
            facts["WATCHDOG"] = 1
        elif self._ailment is None:
            _log.error("the watchdog is not fed: %s", ailment)
        self._ailment = ailment
        status = self._health.status()
        if status != self._status:
            self._status = facts["STATUS"] = status
        if facts:
            self._tell(**facts)

    def stop(self) -> None:
        """
        Beat no more.
        """
        if self._next is not None:
            self._next.cancel()
