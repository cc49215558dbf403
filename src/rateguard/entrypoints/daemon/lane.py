"""A worker that judges whatever is waiting, a batch per commit."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time

from collections.abc import Callable, Sequence

import attrs

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.errors import (
    StoreConflict,
    StoreError,
    StoreInterrupted,
    StoreOutdated,
    StoreUnavailable,
)
from rateguard.domain.submission import Submission


MAX_BATCH = 512
"""Bounds the size of statements; more than that is never waiting for long."""

CONFLICT_ATTEMPTS = 4
_LONGEST_PAUSE = 0.05

_log = logging.getLogger(__name__)

_ERRORS = (StoreConflict, StoreInterrupted, StoreOutdated, StoreUnavailable)

Judge = Callable[[Sequence[Submission]], list[Decision]]

_Judged = tuple[list[Decision], StoreError | None]


@attrs.define(eq=False)
class Waiting:
    """
    A request that waits for its decision.

    Attributes:
        reply: Takes the bytes of the reply; called once, by the event loop.
        arrived: Seconds of the event loop's clock.
        overdue: Was answered because its deadline had passed.
    """

    submission: Submission
    reply: Callable[[bytes], None]
    arrived: float
    answered: bool = False
    overdue: bool = False


@attrs.frozen
class Verdicts:
    """
    What became of a batch.

    Attributes:
        fault: Why the store did not judge; None if it did.
        seconds: How long the store took, other attempts included.
    """

    batch: Sequence[Waiting]
    decisions: Sequence[Decision]
    fault: StoreError | None = None
    seconds: float = 0.0


class Lane:
    """
    One thread, one transaction at a time. A batch is what was put at once,
    cut where it is very large.

    Attributes:
        deliver: Is handed every batch's verdicts, in the lane's thread.
        errors: How often the store failed, by the kind of error. Written by
            the lane's thread.
    """

    def __init__(
        self,
        *,
        name: str,
        judge: Judge,
        deliver: Callable[[Lane, Verdicts], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.errors = {each.kind: 0 for each in _ERRORS}
        self._judge = judge
        self._deliver = deliver
        self._sleep = sleep
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        # A daemon thread: a store that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, arrived: list[Waiting]) -> None:
        """
        Queue requests. From any thread; in one go, so that one of them wakes
        the worker and the others do not fight with it.
        """
        if arrived:
            self._queue.put(arrived)

    def stop(self) -> None:
        """End once everything queued so far is judged."""
        self._queue.put(None)

    @property
    def works(self) -> bool:
        return self._thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came within *timeout* seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while arrived := self._queue.get():
            for start in range(0, len(arrived), MAX_BATCH):
                batch = arrived[start : start + MAX_BATCH]
                began = time.perf_counter()
                decisions, fault = self._judged(batch)
                seconds = time.perf_counter() - began
                self._deliver(self, Verdicts(batch, decisions, fault, seconds))

    def _judged(self, batch: list[Waiting]) -> _Judged:
        submissions = [waiting.submission for waiting in batch]
        try:
            return self._with_patience(submissions), None
        except StoreError as error:
            failed = Decision.fail_open(Reason.STORE_UNAVAILABLE)
            return [failed] * len(batch), error
        except Exception:  # noqa: BLE001 - a bug; one mail passes, we live
            if len(batch) == 1:
                _log.exception("cannot judge %r", batch[0].submission)
                return [Decision.fail_open(Reason.INTERNAL_ERROR)], None
        return self._one_by_one(batch)

    def _one_by_one(self, batch: list[Waiting]) -> _Judged:
        """Judge each alone, so that only the culprit passes unjudged."""
        decisions: list[Decision] = []
        fault = None
        for waiting in batch:
            decided, its_fault = self._judged([waiting])
            decisions += decided
            fault = its_fault or fault
        return decisions, fault

    def _with_patience(self, submissions: Sequence[Submission]) -> list[Decision]:
        """
        Judge; after a conflict the whole batch again, with jitter between, and
        where the connection broke.
        """
        for attempt in range(1, CONFLICT_ATTEMPTS):
            try:
                return self._ask(submissions)
            except StoreConflict as conflict:
                _log.debug("%s: attempt %d: %s", self.name, attempt, conflict)
                self._sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311
            except StoreInterrupted:
                # All may have been kept: only what would be recognised as
                # charged already is charged again.
                if not all(submission.transaction for submission in submissions):
                    raise
        return self._ask(submissions)

    def _ask(self, submissions: Sequence[Submission]) -> list[Decision]:
        try:
            return self._judge(submissions)
        except StoreError as error:
            self.errors[error.kind] = self.errors.get(error.kind, 0) + 1
            raise
