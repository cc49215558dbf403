"""What is counted of requests as they go through the committer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rateguard.adapters.observe.tally import Tally
from rateguard.domain.decision import Decision
from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.events import Event
from tests.unit.daemon.doubles import GatedJudge, ScriptedJudge, accept
from tests.unit.daemon.guard import DEADLINE, guarding
from tests.unit.daemon.loops import hand_loop, in_loop, turns
from tests.unit.doubles import LogSpy


class Broken:
    """A meter that cannot count."""

    def answered(self, decisions: Sequence[Decision], seconds: Sequence[float]) -> None:
        """Fail."""
        raise ZeroDivisionError

    def committed(self, size: int, seconds: float) -> None:
        """Fail."""
        raise ZeroDivisionError

    def crossed(self, events: Sequence[Event]) -> None:
        """Fail."""
        raise ZeroDivisionError


def counted(**results: int) -> dict[str, int]:
    return {"accepted": 0, "blocked": 0, "failed_open": 0, **results}


class TestMeter:
    @in_loop
    async def test_is_told_of_a_batch(self) -> None:
        """Each request with the time it took, the batch as one."""
        tally, judge = Tally(), GatedJudge()
        async with guarding(judge, meter=tally) as guard:
            asked = [guard.ask(f"sender{number}") for number in range(3)]
            await judge.arrival()
            hand_loop().skip(0.5)
            assert guard.committer.waiting() == 3
            judge.open()
            for mailbox in asked:
                await mailbox.reply()
            assert guard.committer.waiting() == 0

        assert counted(accepted=3) == tally.results()
        assert tally.latency.sum == 1.5
        assert ("4.0", 1) in tally.batches.buckets()
        assert ("2.0", 0) in tally.batches.buckets()
        assert tally.commits.buckets()[-1] == ("+Inf", 1)
        assert tally.commits.sum > 0

    @in_loop
    async def test_is_told_of_those_let_pass(self) -> None:
        """With the batch that failed, and those who were not even asked about."""
        tally = Tally()
        judge = ScriptedJudge(StoreUnavailable())
        async with guarding(judge, started=False, meter=tally) as guard:
            asked = [guard.ask(f"sender{number}") for number in range(3)]
            guard.committer.start()
            for mailbox in asked:
                await mailbox.reply()
            guard.ask()
            assert guard.committer.store_errors()["unavailable"] == 1

        assert counted(failed_open=4) == tally.results()
        assert tally.faults()["store_unavailable"] == 4
        assert tally.latency.buckets()[-1] == ("+Inf", 4)
        assert tally.commits.buckets()[-1] == ("+Inf", 0)
        assert not tally.store_judges()

    @in_loop
    async def test_is_told_once_of_one_that_was_overdue(self) -> None:
        """
        The decision that comes late was nobody's answer; that of who came
        later, in the same batch, was.
        """
        tally, judge = Tally(), GatedJudge()
        async with guarding(judge, meter=tally) as guard:
            first = guard.ask("first")
            await judge.arrival()
            late = guard.ask("late")
            hand_loop().skip(DEADLINE / 2)
            in_time = guard.ask("in time")
            hand_loop().skip(DEADLINE / 2)
            await first.reply()
            await late.reply()
            judge.open()
            assert await in_time.reply() == b"WITHIN_QUOTA"
            await turns()

        assert counted(accepted=1, failed_open=2) == tally.results()
        assert tally.faults()["deadline_passed"] == 2
        assert tally.latency.sum == 2.5 * DEADLINE
        assert tally.store_judges()

    @in_loop
    async def test_is_told_of_conflicts_that_were_overcome(self) -> None:
        """Nobody waits for long, but somebody may want to know."""
        judge = ScriptedJudge(StoreConflict(), StoreConflict())
        async with guarding(judge) as guard:
            await guard.ask().reply()
            expected = {
                "conflict": 2, "interrupted": 0, "outdated": 0, "unavailable": 0
            }  # fmt: skip
            assert expected == guard.committer.store_errors()

    @pytest.mark.parametrize("script", [[], [StoreUnavailable()]])
    @in_loop
    async def test_may_fail(self, script: list[Exception], log: LogSpy) -> None:
        """Its bug is in the log; every request has its answer all the same."""
        judge = ScriptedJudge(*script)
        async with guarding(judge, meter=Broken()) as guard:
            await guard.ask().reply()
            await guard.ask().reply()

        assert [ZeroDivisionError] * 2 == log.tracebacks

    @in_loop
    async def test_is_told_after_the_replies(self) -> None:
        """Nobody waits for metrics."""
        replied: list[int] = []

        class Late(Tally):
            def answered(
                self, decisions: Sequence[Decision], seconds: Sequence[float]
            ) -> None:
                replied.append(len(guard.mailboxes[-1].replies))

        async with guarding(accept, meter=Late()) as guard:
            await guard.ask().reply()

        assert replied == [1]
