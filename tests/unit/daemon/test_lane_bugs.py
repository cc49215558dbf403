"""One worker and a judge with a bug."""

from __future__ import annotations

from collections.abc import Sequence

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.lane import MAX_BATCH, Judge
from tests.unit.daemon.doubles import ACCEPTED, ScriptedJudge, accept
from tests.unit.daemon.worked import Worked, submissions
from tests.unit.doubles import LogSpy


UNJUDGED = Decision.fail_open(Reason.STORE_UNAVAILABLE)
BUG = Decision.fail_open(Reason.INTERNAL_ERROR)


class Poisoned:
    """A judge with a bug: it cannot judge some senders."""

    def __init__(self, *senders: str, otherwise: Judge = accept) -> None:
        self.batches: list[list[str]] = []
        self._senders = senders
        self._otherwise = otherwise

    def __call__(self, batch: Sequence[Submission]) -> list[Decision]:
        """Fail as a whole if one of them is among the batch."""
        self.batches.append([submission.sender for submission in batch])
        for submission in batch:
            if submission.sender in self._senders:
                raise ZeroDivisionError(submission.sender)
        return self._otherwise(batch)


class TestBug:
    def test_hits_its_cause_only(self, log: LogSpy) -> None:
        """
        The others of the batch are judged one by one; the traceback is in the
        log, with the submission.
        """
        judge = Poisoned("sender1")

        worked = Worked(judge, submissions(3))

        every = ["sender0", "sender1", "sender2"]
        assert [every, *([sender] for sender in every)] == judge.batches
        assert worked.verdicts.decisions == [ACCEPTED, BUG, ACCEPTED]
        assert worked.verdicts.fault is None
        assert [ZeroDivisionError] == log.tracebacks
        assert "sender1" in log.lines[0][1]

    def test_of_all_leaves_the_lane_alive(self, log: LogSpy) -> None:
        """Whatever happens in one batch, the next one is judged."""
        poison = [f"sender{number}" for number in range(MAX_BATCH)]

        worked = Worked(Poisoned(*poison), submissions(MAX_BATCH + 1))

        first, second = worked.delivered
        assert first.decisions == [BUG] * MAX_BATCH
        assert second.decisions == [ACCEPTED]
        assert len(log.tracebacks) == MAX_BATCH

    def test_may_meet_a_store_that_goes_away(self) -> None:
        """Who was judged before that keeps the decision; the fault is told."""
        fault = StoreUnavailable("away")
        judge = Poisoned("sender1", otherwise=ScriptedJudge(accept, fault))

        worked = Worked(judge, submissions(3))

        assert worked.verdicts.decisions == [ACCEPTED, BUG, UNJUDGED]
        assert worked.verdicts.fault is fault

    def test_may_meet_a_conflict(self) -> None:
        """One of them alone is tried again as a batch is."""
        conflicts = ScriptedJudge(StoreConflict(), StoreConflict())
        judge = Poisoned("sender0", otherwise=conflicts)

        worked = Worked(judge, submissions(2))

        assert worked.verdicts.decisions == [BUG, ACCEPTED]
