"""One worker: what it takes, and what it does when the store fails."""

from __future__ import annotations

import pytest

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.errors import (
    StoreConflict,
    StoreError,
    StoreInterrupted,
    StoreUnavailable,
)
from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.lane import CONFLICT_ATTEMPTS, MAX_BATCH
from tests.unit.daemon.doubles import ACCEPTED, ScriptedJudge
from tests.unit.daemon.worked import Worked, submissions


UNJUDGED = Decision.fail_open(Reason.STORE_UNAVAILABLE)


class TestBatch:
    def test_is_all_that_waits_in_order(self) -> None:
        """Decision i belongs to the i-th that waits."""
        asked = submissions(5)
        decisions = [Decision(ACCEPTED.verdict, ACCEPTED.reason, i) for i in range(5)]
        judge = ScriptedJudge(lambda _: decisions)

        worked = Worked(judge, asked)

        assert [asked] == judge.batches
        assert asked == [each.submission for each in worked.verdicts.batch]
        assert decisions == worked.verdicts.decisions
        assert worked.verdicts.fault is None

    def test_is_bounded(self) -> None:
        """A thousand and more that wait are several batches; none is lost."""
        judge = ScriptedJudge()

        Worked(judge, submissions(1300))

        assert list(map(len, judge.batches)) == [MAX_BATCH, MAX_BATCH, 276]
        assert submissions(1300) == [each for batch in judge.batches for each in batch]


class TestConflict:
    @pytest.mark.parametrize("conflicts", [1, 2, 3])
    def test_is_overcome_with_the_whole_batch(self, conflicts: int) -> None:
        """Up to three more attempts, each with everything."""
        asked = submissions(3)
        judge = ScriptedJudge(*[StoreConflict()] * conflicts)

        worked = Worked(judge, asked)

        assert [asked] * (conflicts + 1) == judge.batches
        assert worked.verdicts.decisions == [ACCEPTED] * 3
        assert worked.verdicts.fault is None

    def test_is_followed_by_a_pause_left_to_chance(self) -> None:
        """
        One before each further attempt, up to 50 ms, none like another: two who
        were in each other's way are not so again.
        """
        judges = [ScriptedJudge(*[StoreConflict()] * 3) for _ in range(10)]

        pauses = [Worked(judge, submissions(1)).pauses for judge in judges]

        assert [3] * 10 == [len(each) for each in pauses]
        drawn = {pause for each in pauses for pause in each}
        assert len(drawn) == 30
        assert 0 <= min(drawn) < 0.02
        assert 0.03 < max(drawn) <= 0.05

    def test_is_not_fought_for_ever(self) -> None:
        """After the fourth attempt the batch passes unjudged."""
        conflict = StoreConflict("deadlock")
        judge = ScriptedJudge(*[conflict] * 9)

        worked = Worked(judge, submissions(2))

        assert CONFLICT_ATTEMPTS == 4 == len(judge.batches)
        assert worked.verdicts.decisions == [UNJUDGED] * 2
        assert worked.verdicts.fault is conflict


class TestStoreThatIsAway:
    @pytest.mark.parametrize("fault", [StoreUnavailable("away"), StoreError("odd")])
    def test_is_asked_once(self, fault: StoreError) -> None:
        """Trying again at once is useless: all pass unjudged, and it is told why."""
        judge = ScriptedJudge(fault)

        worked = Worked(judge, submissions(3))

        assert len(judge.batches) == 1
        assert worked.verdicts.decisions == [UNJUDGED] * 3
        assert worked.verdicts.fault is fault

    def test_ends_nothing(self) -> None:
        """The next batch is judged."""
        judge = ScriptedJudge(StoreUnavailable())

        worked = Worked(judge, submissions(MAX_BATCH + 1))

        assert worked.delivered[1].decisions == [ACCEPTED]


class TestConnectionThatBreaks:
    def test_is_tried_again_where_nothing_can_be_charged_twice(self) -> None:
        """
        All of the batch may have been kept; what names its transaction is
        recognised.
        """
        asked = [Submission("anna", transaction=f"t{number}") for number in range(3)]
        judge = ScriptedJudge(StoreInterrupted())

        worked = Worked(judge, asked)

        assert [asked] * 2 == judge.batches
        assert [ACCEPTED] * 3 == worked.verdicts.decisions

    def test_is_not_tried_again_where_something_could(self) -> None:
        """One submission without a transaction in the batch is enough."""
        fault = StoreInterrupted()
        judge = ScriptedJudge(fault)

        worked = Worked(judge, [Submission("anna", transaction="t"), *submissions(1)])

        assert len(judge.batches) == 1
        assert [UNJUDGED] * 2 == worked.verdicts.decisions
        assert worked.verdicts.fault is fault

    def test_is_not_tried_for_ever(self) -> None:
        """As often as a conflict."""
        judge = ScriptedJudge(*[StoreInterrupted()] * 9)

        worked = Worked(judge, [Submission("anna", transaction="t")])

        assert len(judge.batches) == 4
        assert [UNJUDGED] == worked.verdicts.decisions
