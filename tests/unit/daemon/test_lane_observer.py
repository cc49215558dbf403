"""
One worker and an observer with a bug.
"""

from __future__ import annotations

from collections.abc import Sequence

from rateguard.domain.decision import Decision
from rateguard.domain.submission import Submission
from rateguard.entrypoints.lane import MAX_BATCH, Lane, Verdicts, Waiting
from tests.unit.daemon.doubles import accept
from tests.unit.daemon.worked import submissions
from tests.unit.doubles import LogSpy


class Broken:
    """
    An observer that cannot take note of anything.
    """

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """
        Fail.
        """
        raise ZeroDivisionError


class TestBrokenObserver:
    def test_does_not_end_the_lane(self, log: LogSpy) -> None:
        """
        The batches after it are judged, and its tracebacks are in the log.
        """
        delivered: list[Verdicts] = []
        lane = Lane(
            name="lane-0",
            judge=accept,
            observer=Broken(),
            deliver=lambda _lane, verdicts: delivered.append(verdicts),
        )
        lane.put(
            [
                Waiting(submission, lambda _reply: None, 0.0)
                for submission in submissions(MAX_BATCH + 1)
            ]
        )
        lane.stop()
        lane.start()

        assert lane.join(30)
        assert [MAX_BATCH, 1] == [len(each.batch) for each in delivered]
        assert [ZeroDivisionError] * 2 == log.tracebacks
