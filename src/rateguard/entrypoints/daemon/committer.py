"""Gives each request to the lane of its sender, and sees that it is answered."""

from __future__ import annotations

import asyncio
import logging
import time

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.ports import Meter, Observer
from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.fail_open import Breaker, OutageLog
from rateguard.entrypoints.daemon.lane import Judge, Lane, Verdicts, Waiting


MOST_TURNS = 64
"""Turns of the loop that a lane waits while its batch grows, at the most."""

_SWEEPS_PER_DEADLINE = 8
_LONGEST_SWEEP = 0.25

_log = logging.getLogger(__name__)


class Committer:
    """
    The event loop's side of group commit. Every request is answered exactly
    once, within the deadline: with a decision that is durable, or by failing
    open. All methods belong to the event loop.

    Args:
        lanes: Writers side by side.
        deadline: Seconds within which every request is answered.
    """

    def __init__(
        self,
        *,
        judge: Judge,
        after_reply: AfterReply,
        encode: Callable[[Decision], bytes],
        lanes: int,
        deadline: float,
    ) -> None:
        self._encode = encode
        self._after_reply = after_reply
        self._loop = asyncio.get_running_loop()
        self._sweep_interval = min(_LONGEST_SWEEP, deadline / _SWEEPS_PER_DEADLINE)
        self._patience = deadline - self._sweep_interval
        self._lanes = [
            Lane(name=f"lane-{number}", judge=judge, deliver=self._hand_over)
            for number in range(lanes)
        ]
        self._breakers = {lane: Breaker() for lane in self._lanes}
        self._outage = OutageLog()
        self._gatherings = {lane: Gathering(lane, self._loop) for lane in self._lanes}
        self._pending: deque[Waiting] = deque()
        self._sweep: asyncio.TimerHandle | None = None

    def start(self) -> None:
        for lane in self._lanes:
            lane.start()

    def submit(self, submission: Submission, reply: Callable[[bytes], None]) -> None:
        """Have *reply* called with the encoded decision, soon or by the deadline."""
        lane = self._lane_of(submission.sender)
        now = self._loop.time()
        if not self._breakers[lane].admits(now):
            self._outage.passed()
            decision = Decision.fail_open(Reason.STORE_UNAVAILABLE)
            reply(self._encode(decision))
            self._after_reply.of_one(decision)
            return
        waiting = Waiting(submission, reply, now)
        self._pending.append(waiting)
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._sweep_interval, self._expire)
        self._gatherings[lane].add(waiting)

    def _lane_of(self, sender: str) -> Lane:
        return self._lanes[hash(sender) % len(self._lanes)]

    def _hand_over(self, lane: Lane, verdicts: Verdicts) -> None:
        # One wake-up of the loop per batch, not per request.
        self._loop.call_soon_threadsafe(self._answer_all, lane, verdicts)

    def _answer_all(self, lane: Lane, verdicts: Verdicts) -> None:
        now = self._loop.time()
        breaker = self._breakers[lane]
        if verdicts.fault is not None:
            breaker.failed(now)
            self._outage.down(lane, now, str(verdicts.fault))
        elif breaker.is_open:
            breaker.succeeded()
            self._outage.up(lane, now)
        for waiting, decision in zip(verdicts.batch, verdicts.decisions, strict=True):
            if not waiting.answered:
                self._answer(waiting, decision)
        # The lane is free again; who was just answered may ask at once.
        self._gatherings[lane].give_next()
        self._after_reply.of_batch(verdicts, self._loop.time())

    def _answer(self, waiting: Waiting, decision: Decision) -> None:
        waiting.answered = True
        if decision.failed_open:
            self._outage.passed()
        waiting.reply(self._encode(decision))

    def _expire(self) -> None:
        """Answer everything that has waited for too long."""
        now = self._loop.time()
        pending = self._pending
        overdue = now - self._patience
        while pending and (pending[0].answered or pending[0].arrived <= overdue):
            waiting = pending.popleft()
            if not waiting.answered:
                lane = self._lane_of(waiting.submission.sender)
                self._breakers[lane].overdue()
                self._outage.down(lane, now, "no decision within REQUEST_DEADLINE")
                waiting.overdue = True
                decision = Decision.fail_open(Reason.DEADLINE_PASSED)
                self._answer(waiting, decision)
                self._after_reply.of_one(decision, now - waiting.arrived)
        self._sweep = (
            self._loop.call_later(self._sweep_interval, self._expire)
            if pending
            else None
        )

    def waiting(self) -> int:
        """Return how many requests wait for their answer. From any thread."""
        return sum(not waiting.answered for waiting in self._pending.copy())

    def store_errors(self) -> Mapping[str, int]:
        """
        Return how often the store failed, by the kind of error. From any
        thread.
        """
        total: Counter[str] = Counter()
        for lane in self._lanes:
            total.update(lane.errors.copy())
        return total

    @property
    def judges(self) -> bool:
        """Whether the store works as far as is known."""
        return not any(breaker.is_open for breaker in self._breakers.values())

    def longest_wait(self) -> float:
        """Return for how many seconds the oldest request has been waiting."""
        pending = self._pending
        while pending and pending[0].answered:
            pending.popleft()
        return self._loop.time() - pending[0].arrived if pending else 0.0

    def ended_lanes(self) -> Sequence[str]:
        """Return the names of the lanes that work no more."""
        return [lane.name for lane in self._lanes if not lane.works]

    def stop(self) -> None:
        """Let the lanes end once all that waits is judged."""
        for lane in self._lanes:
            self._gatherings[lane].give_all()
            lane.stop()

    def join(self, timeout: float) -> Sequence[str]:
        """
        Wait for the lanes, *timeout* seconds for all of them; return the names
        of those that still hang in the store.
        """
        give_up = time.monotonic() + timeout
        return [
            lane.name
            for lane in self._lanes
            if not lane.join(max(0.0, give_up - time.monotonic()))
        ]


class Gathering:
    """Collects requests for one lane. All methods belong to the event loop."""

    __slots__ = ("_arrived", "_lane", "_loop", "_taken")

    def __init__(self, lane: Lane, loop: asyncio.AbstractEventLoop) -> None:
        self._lane = lane
        self._loop = loop
        self._arrived: list[Waiting] = []
        # Whether the lane has a batch, or is about to be given one.
        self._taken = False

    def add(self, waiting: Waiting) -> None:
        self._arrived.append(waiting)
        if not self._taken:
            self._taken = True
            self._loop.call_soon(self._give, 0)

    def give_next(self) -> None:
        """The lane is done with a batch: begin on the next."""
        self._loop.call_soon(self._give, -1)

    def give_all(self) -> None:
        """Give the lane what is here, without waiting for more."""
        self._lane.put(self._arrived)
        self._arrived = []

    def _give(self, seen: int, turns: int = MOST_TURNS) -> None:
        """
        Give the lane all that arrived, once a turn of the loop brings nothing
        new: the batch is everybody whose request was there to be read. *seen* is
        how many there were the turn before.
        """
        count = len(self._arrived)
        if count > seen and turns:
            self._loop.call_soon(self._give, count, turns - 1)
        elif count:
            self.give_all()
        else:
            self._taken = False


class AfterReply:
    """
    Tells those who take note. Their bugs are logged, and end nothing. Used by
    the event loop only.

    Args:
        meter: None counts nothing, and costs nothing.
    """

    def __init__(self, observer: Observer, meter: Meter | None = None) -> None:
        self._observer = observer
        self._meter = meter

    def of_batch(self, verdicts: Verdicts, now: float) -> None:
        """All of a batch are answered, the last of them at *now*."""
        submissions = [waiting.submission for waiting in verdicts.batch]
        try:
            self._observer.decided(submissions, verdicts.decisions)
        except Exception:  # noqa: BLE001 - its bug must not end the loop's work
            _log.exception("cannot take note of a batch")
        if self._meter is not None:
            try:
                self._count(self._meter, verdicts, now)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("cannot count a batch")

    def of_one(self, decision: Decision, seconds: float = 0.0) -> None:
        """
        One request was answered, so many seconds after it came, without the
        store.
        """
        if self._meter is not None:
            try:
                self._meter.answered((decision,), (seconds,))
            except Exception:  # noqa: BLE001 - as above
                _log.exception("cannot count a request")

    @staticmethod
    def _count(meter: Meter, verdicts: Verdicts, now: float) -> None:
        batch = verdicts.batch
        if verdicts.fault is None:
            meter.committed(len(batch), verdicts.seconds)
        # Who was overdue had another answer, and was counted with it.
        seconds = [now - each.arrived for each in batch if not each.overdue]
        decisions = verdicts.decisions
        if len(seconds) < len(batch):
            pairs = zip(batch, decisions, strict=True)
            decisions = [decision for each, decision in pairs if not each.overdue]
        meter.answered(decisions, seconds)
