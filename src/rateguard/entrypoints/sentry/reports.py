"""
Reports of what went wrong: chosen where it happens, sent by a thread.

Whoever meets an error only queues a report, or counts it: the lane that judges
mail neither formats nor sends anything.
"""

from __future__ import annotations

import collections
import logging
import queue
import threading
import time

from collections.abc import Callable, Hashable
from concurrent.futures import Future

import attrs

from rateguard.domain.errors import DeliveryFailed
from rateguard.entrypoints.daemon.throttle import Throttle


MOST_A_MINUTE = 20
"""Reports, of all places together."""

MOST_WAITING = 20
"""Reports; each keeps the frames of its traceback alive."""

_MINUTE = 60.0

_log = logging.getLogger(__name__)


@attrs.frozen(eq=False)
class Report:
    """
    Something that went wrong, or a test.

    Attributes:
        origin: Who noticed it.

        record: What was logged about it.

        error: The exception, if there was one.

        held_back: How many of the same place were not reported since the last.
    """

    origin: str
    record: logging.LogRecord | None = None
    error: BaseException | None = None
    held_back: int = 0

    @property
    def place(self) -> Hashable:
        """
        The place in the code, and what was raised there.
        """
        if self.error is not None and self.error.__traceback__ is not None:
            last = self.error.__traceback__
            while last.tb_next is not None:
                last = last.tb_next
            code = last.tb_frame.f_code
            return (type(self.error), code.co_filename, last.tb_lineno)
        if self.record is not None:
            return (self.record.name, self.record.pathname, self.record.lineno)
        return (type(self.error),)


class ReportLimit:
    """
    One report a minute of each place, :data:`MOST_A_MINUTE` in any minute.

    Used by any thread. Times are seconds of any one clock.
    """

    def __init__(self) -> None:
        self._places = Throttle(_MINUTE)
        self._times = collections.deque[float](maxlen=MOST_A_MINUTE)
        # What the garbage collector ends may log an error in the midst of this.
        self._lock = threading.RLock()

    def admit(self, place: Hashable, now: float) -> int | None:
        """
        Return how many of this place were held back since its last report, or
        None to hold this one back.
        """
        with self._lock:
            times = self._times
            if len(times) == MOST_A_MINUTE and now - times[0] < _MINUTE:
                return None
            held_back = self._places.admit(place, now)
            if held_back is not None:
                times.append(now)
            return held_back


class Reporter:
    """
    The thread that sends.

    Args:
        send:
            Sends one report; raises DeliveryFailed if it could not. May take
            its time.

        clock: Returns seconds.
    """

    def __init__(
        self,
        send: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._clock = clock
        self._limit = ReportLimit()
        self._failures = Throttle()
        self._waiting: queue.SimpleQueue[tuple[Report, Future[None] | None] | None] = (
            queue.SimpleQueue()
        )
        # A daemon thread: a receiver that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, name="reports", daemon=True)
        self._thread.start()

    def report(self, report: Report) -> None:
        """
        Queue a report, or hold it back. From any thread, in microseconds.
        """
        if threading.current_thread() is self._thread:
            return
        held_back = self._limit.admit(report.place, self._clock())
        if held_back is not None and self._waiting.qsize() < MOST_WAITING:
            self._waiting.put((attrs.evolve(report, held_back=held_back), None))

    def deliver(self, report: Report, seconds: float) -> None:
        """
        Send a report, whatever was sent before, and wait for the outcome.

        Raises:
            DeliveryFailed: it did not arrive, or nobody knows after *seconds*.
        """
        outcome: Future[None] = Future()
        self._waiting.put((report, outcome))
        try:
            outcome.result(seconds)
        except TimeoutError:
            raise DeliveryFailed(f"no answer within {seconds:g} s") from None

    def stop(self, seconds: float) -> bool:
        """
        Send what is queued and end; whether that was done within *seconds*.
        """
        self._waiting.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            report, outcome = waiting
            try:
                self._send(report)
            except Exception as error:  # noqa: BLE001 - it must not end the thread
                self._tell(error, outcome)
            else:
                if outcome is not None:
                    outcome.set_result(None)
            # Not to be kept alive until the next one comes.
            del waiting, report, outcome

    def _tell(self, error: Exception, outcome: Future[None] | None) -> None:
        if outcome is not None:
            outcome.set_exception(error)
        elif (held_back := self._failures.admit(None, self._clock())) is not None:
            _log.warning(
                "cannot report an error: %s (%d more)",
                error,
                held_back,
                exc_info=None if isinstance(error, DeliveryFailed) else error,
            )
