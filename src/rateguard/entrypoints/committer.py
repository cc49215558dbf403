"""
Gives each request to the lane of its sender, and sees that it is answered.
"""

from __future__ import annotations

import asyncio
import logging

from collections import deque
from collections.abc import Callable, Sequence

import attrs

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.ports import Observer
from rateguard.domain.submission import Submission
from rateguard.entrypoints.breaker import Breaker
from rateguard.entrypoints.lane import Judge, Lane, Verdicts, Waiting
from rateguard.entrypoints.outage import OutageLog


_SWEEPS_PER_DEADLINE = 8
_LONGEST_SWEEP = 0.25

_log = logging.getLogger(__name__)

MOST_TURNS = 64
"""Turns of the loop that a lane waits while its batch grows, at the most."""

LATE_TURNS = 4
"""Turns that bring nothing, for which it waits if more came the last time."""


@attrs.frozen
class CommitterOptions:
    """
    Attributes:
        lanes: Writers side by side.

        deadline: Seconds within which every request is answered.
    """

    lanes: int
    deadline: float


class Committer:
    """
    The event loop's side of group commit. Every request is answered exactly
    once, within the deadline: with a decision that is durable, or by failing
    open. All methods belong to the event loop.
    """

    def __init__(
        self,
        *,
        judge: Judge,
        observer: Observer,
        encode: Callable[[Decision], bytes],
        options: CommitterOptions,
    ) -> None:
        self._encode = encode
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        self._sweep_interval = min(
            _LONGEST_SWEEP, options.deadline / _SWEEPS_PER_DEADLINE
        )
        self._patience = options.deadline - self._sweep_interval
        self._lanes = [
            Lane(
                name=f"lane-{number}",
                judge=judge,
                deliver=self._hand_over,
            )
            for number in range(options.lanes)
        ]
        self._breakers = {lane: Breaker() for lane in self._lanes}
        self._outage = OutageLog()
        self._arrived: dict[Lane, list[Waiting]] = {lane: [] for lane in self._lanes}
        # How many the last batch had.
        self._given: dict[Lane, int] = dict.fromkeys(self._lanes, 0)
        # The lanes that have a batch, or are about to be given one.
        self._taken: set[Lane] = set()
        self._pending: deque[Waiting] = deque()
        self._sweep: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """
        Begin to judge.
        """
        for lane in self._lanes:
            lane.start()

    def submit(self, submission: Submission, reply: Callable[[bytes], None]) -> None:
        """
        Have *reply* called with the encoded decision, soon or by the deadline.
        """
        lane = self._lane_of(submission.sender)
        now = self._loop.time()
        if not self._breakers[lane].admits(now):
            self._outage.passed()
            reply(self._encode(Decision.fail_open(Reason.STORE_UNAVAILABLE)))
            return
        waiting = Waiting(submission, reply, now)
        self._pending.append(waiting)
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._sweep_interval, self._expire)
        self._arrived[lane].append(waiting)
        if lane not in self._taken:
            self._taken.add(lane)
            self._loop.call_soon(self._give, lane, 0)

    def _give(
        self, lane: Lane, seen: int, turns: int = MOST_TURNS, late: int = LATE_TURNS
    ) -> None:
        """
        Give the lane all that arrived, once a turn of the loop brings nothing
        new; a few turns more if there were more the last time, since who is
        late waits for a whole batch. So lane and loop take turns at the
        interpreter instead of fighting for it, and the batch is everybody
        whose request was there to be read. Nobody waits for a clock: the loop
        is busy all the while.
        """
        arrived = self._arrived[lane]
        count = len(arrived)
        if count > seen and turns:
            self._loop.call_soon(self._give, lane, count, turns - 1)
        elif 0 < count < self._given[lane] and late:
            self._loop.call_soon(self._give, lane, count, turns, late - 1)
        elif arrived:
            self._given[lane] = count
            self._arrived[lane] = []
            lane.put(arrived)
        else:
            self._taken.discard(lane)

    def _lane_of(self, sender: str) -> Lane:
        if len(self._lanes) == 1:
            return self._lanes[0]
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
        self._loop.call_soon(self._give, lane, -1)
        self._tell(verdicts)

    def _tell(self, verdicts: Verdicts) -> None:
        submissions = [waiting.submission for waiting in verdicts.batch]
        try:
            self._observer.decided(submissions, verdicts.decisions)
        except Exception:  # noqa: BLE001 - its bug must not end the loop's work
            _log.exception("cannot take note of a batch")

    def _answer(self, waiting: Waiting, decision: Decision) -> None:
        waiting.answered = True
        if decision.failed_open:
            self._outage.passed()
        waiting.reply(self._encode(decision))

    def _expire(self) -> None:
        """
        Answer everything that has waited for too long.
        """
        now = self._loop.time()
        pending = self._pending
        overdue = now - self._patience
        while pending and (pending[0].answered or pending[0].arrived <= overdue):
            waiting = pending.popleft()
            if not waiting.answered:
                lane = self._lane_of(waiting.submission.sender)
                self._breakers[lane].overdue()
                self._outage.down(lane, now, "no decision within REQUEST_DEADLINE")
                self._answer(waiting, Decision.fail_open(Reason.DEADLINE_PASSED))
        self._sweep = (
            self._loop.call_later(self._sweep_interval, self._expire)
            if pending
            else None
        )

    def stop(self) -> None:
        """
        Let the lanes end once all that waits is judged.
        """
        for lane in self._lanes:
            lane.put(self._arrived[lane])
            self._arrived[lane] = []
            lane.stop()

    def join(self, timeout: float) -> Sequence[str]:
        """
        Wait for the lanes, *timeout* seconds each at most.

        Returns:
            The names of those that still hang in the store.
        """
        return [lane.name for lane in self._lanes if not lane.join(timeout)]
