"""A lane that did all its work: everything was queued before it began."""

from __future__ import annotations

from collections.abc import Sequence

from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.lane import Judge, Lane, Verdicts, Waiting


def submissions(count: int) -> list[Submission]:
    return [Submission(f"sender{number}") for number in range(count)]


class Worked:
    """
    What a lane made of what was asked.

    Attributes:
        pauses: Seconds that it wanted to sleep, and did not.
    """

    def __init__(self, judge: Judge, asked: Sequence[Submission]) -> None:
        self.delivered: list[Verdicts] = []
        self.pauses: list[float] = []
        lane = Lane(
            name="lane-0",
            judge=judge,
            deliver=self._deliver,
            sleep=self.pauses.append,
        )
        lane.put([Waiting(submission, _nobody, 0.0) for submission in asked])
        lane.stop()
        lane.start()
        assert lane.join(30)

    def _deliver(self, lane: Lane, verdicts: Verdicts) -> None:
        self.delivered.append(verdicts)

    @property
    def verdicts(self) -> Verdicts:
        """What became of the only batch."""
        (verdicts,) = self.delivered
        return verdicts


def _nobody(reply: bytes) -> None:
    raise AssertionError(reply)
