"""Metrics and health, beside the daemon and never in the way of mail."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from rateguard.domain.errors import StoreConflict, StoreError
from rateguard.domain.ports import Survey
from rateguard.entrypoints.daemon.server import STOP_SECONDS
from rateguard.entrypoints.log.throttle import Throttle


if TYPE_CHECKING:
    # Only where somebody watches is the web server of the standard library loaded.
    from rateguard.entrypoints.daemon.metrics_server import MetricsServer

SURVEY_SECONDS = 30.0
"""Between two looks: what is counted over all senders may take a while."""

RETRY_SECONDS = 5.0
"""After one that failed."""

STALE_SECONDS = 3 * SURVEY_SECONDS
"""What is older is no longer told: the store hangs."""

PULSE_SECONDS = 2.0
"""Within these the event loop has to react, or requests are not answered."""

_log = logging.getLogger(__name__)


class Surveyor:
    """
    A thread beside the lanes: a scrape is given what was seen last, and never
    waits for the store.

    Args:
        clock: Seconds that never go backwards.
    """

    def __init__(
        self, survey: Callable[[], Survey], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._survey = survey
        self._clock = clock
        self._stopping = threading.Event()
        self._latest: Survey | None = None
        self._seen_at = clock()
        self._failed = False
        self._bugs = Throttle()
        # A daemon thread: a store that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, name="survey", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came within *timeout* seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def latest(self) -> Survey | None:
        """Return what was seen; None if the store could not be looked at."""
        return self._latest if self.store_answers() else None

    def store_answers(self) -> bool:
        """Whether it did when it was last looked at, not too long ago."""
        return not self._failed and self._clock() - self._seen_at <= STALE_SECONDS

    def look(self) -> float:
        """Look once; return how many seconds to rest."""
        try:
            self._latest = self._survey()
        except StoreConflict:
            return RETRY_SECONDS
        except StoreError:
            # The lanes tell about it.
            self._failed = True
            return RETRY_SECONDS
        except Exception as error:  # noqa: BLE001 - a bug must not end the thread
            self._latest = None
            if self._stopping.is_set():
                # The connections are closed under us.
                return 0.0
            if self._bugs.admit(repr(type(error)), self._clock()) is not None:
                _log.exception("cannot query the database for the metrics")
        self._failed = False
        self._seen_at = self._clock()
        return SURVEY_SECONDS

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self.look())


@attrs.frozen
class Monitoring:
    """The threads that watch, and those who answer."""

    surveyor: Surveyor
    server: MetricsServer

    def start(self) -> None:
        self.surveyor.start()
        self.server.start()

    def stop(self) -> None:
        """End it, without waiting for those who ask."""
        self.server.stop()
        self.surveyor.stop()
        self.surveyor.join(STOP_SECONDS)


def has_pulse(loop: asyncio.AbstractEventLoop, seconds: float = PULSE_SECONDS) -> bool:
    """Whether an event loop that runs in another thread reacts."""
    reacted = threading.Event()
    try:
        loop.call_soon_threadsafe(reacted.set)
    except RuntimeError:
        # It is closed.
        return False
    return reacted.wait(seconds)
