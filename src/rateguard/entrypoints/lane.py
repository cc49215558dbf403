"""
A worker that judges whatever is waiting, a batch per commit.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time

from collections.abc import Callable, Sequence

import attrs

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.errors import StoreConflict, StoreError, StoreInterrupted
from rateguard.domain.submission import Submission


MAX_BATCH = 512
"""Bounds the size of statements; more than that is never waiting for long."""

CONFLICT_ATTEMPTS = 4
_LONGEST_PAUSE = 0.05

_log = logging.getLogger(__name__)

Judge = Callable[[Sequence[Submission]], list[Decision]]


@attrs.define(eq=False)
class Waiting:
    """
    A request that waits for its decision.

    Attributes:
        reply: Takes the bytes of the reply; called once, by the event loop.

        arrived: Seconds of the event loop's clock.
    """

    submission: Submission
    reply: Callable[[bytes], None]
    arrived: float
    answered: bool = False


@attrs.frozen
class Verdicts:
    """
    What became of a batch.

    Attributes:
        fault: Why the store did not judge; None if it did.
    """

    batch: Sequence[Waiting]
    decisions: Sequence[Decision]
    fault: StoreError | None = None


class Lane:
    """
    One thread, one transaction at a time. A batch is what was put at once,
    cut where it is very large.

    Attributes:
        deliver: Is handed every batch's verdicts, in the lane's thread.
    """

    def __init__(
        self,
        *,
        name: str,
        judge: Judge,
        deliver: Callable[[Lane, Verdicts], None],
    ) -> None:
        self.name = name
        self._judge = judge
        self._deliver = deliver
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        # A daemon thread: a store that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """
        Begin to work.
        """
        self._thread.start()

    def put(self, arrived: list[Waiting]) -> None:
        """
        Queue requests. From any thread; in one go, so that one of them wakes
        the worker and the others do not fight with it.
        """
        if arrived:
            self._queue.put(arrived)

    def stop(self) -> None:
        """
        End once everything queued so far is judged.
        """
        self._queue.put(None)

    def join(self, timeout: float) -> bool:
        """
        Wait for the end; whether it came within *timeout* seconds.
        """
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while arrived := self._queue.get():
            for start in range(0, len(arrived), MAX_BATCH):
                verdicts = self._judged(arrived[start : start + MAX_BATCH])
                self._deliver(self, verdicts)

    def _judged(self, batch: list[Waiting]) -> Verdicts:
        submissions = [waiting.submission for waiting in batch]
        try:
            return Verdicts(batch, self._with_patience(submissions))
        except StoreError as error:
            failed = Decision.fail_open(Reason.STORE_UNAVAILABLE)
            return Verdicts(batch, [failed] * len(batch), error)
        except Exception:  # noqa: BLE001 - a bug; one mail passes, we live
            if len(batch) == 1:
                _log.exception("cannot judge %r", batch[0].submission)
                return Verdicts(batch, [Decision.fail_open(Reason.INTERNAL_ERROR)])
        return self._one_by_one(batch)

    def _one_by_one(self, batch: list[Waiting]) -> Verdicts:
        """
        Judge each alone, so that only the culprit passes unjudged.
        """
        decisions: list[Decision] = []
        fault = None
        for waiting in batch:
            verdicts = self._judged([waiting])
            decisions.extend(verdicts.decisions)
            fault = verdicts.fault or fault
        return Verdicts(batch, decisions, fault)

    def _with_patience(self, submissions: Sequence[Submission]) -> list[Decision]:
        """
        Judge; after a conflict the whole batch again, with jitter between, and
        where the connection broke.
        """
        for attempt in range(1, CONFLICT_ATTEMPTS):
            try:
                return self._judge(submissions)
            except StoreConflict as conflict:
                _log.debug("%s: attempt %d: %s", self.name, attempt, conflict)
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311
            except StoreInterrupted:
                # All may have been kept: only what would be recognised as
                # charged already is charged again.
                if not all(submission.transaction for submission in submissions):
                    raise
        return self._judge(submissions)
