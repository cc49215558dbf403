"""What tells whether requests are answered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rateguard.domain.decision import Decision
from rateguard.domain.submission import Submission
from tests.unit.daemon.doubles import GatedJudge, ScriptedJudge
from tests.unit.daemon.guard import DEADLINE, guarding
from tests.unit.daemon.loops import hand_loop, in_loop, turns


def fall_over(_batch: Sequence[Submission]) -> list[Decision]:
    """End the thread, as nothing that we know of does."""
    raise SystemExit


class TestLongestWait:
    @in_loop
    async def test_is_that_of_who_is_not_answered(self) -> None:
        """An answered request waits no more, whatever came before it."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            assert guard.committer.longest_wait() == 0.0
            first = guard.ask()
            await judge.arrival()
            hand_loop().skip(1.0)
            guard.ask()
            judge.let_go()
            await first.reply()
            await judge.arrival()
            hand_loop().skip(1.0)
            assert guard.committer.longest_wait() == 1.0

    @in_loop
    async def test_ends_with_the_deadline(self) -> None:
        """A store that hangs keeps nobody waiting: that is no illness."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            mailbox = guard.ask()
            await judge.arrival()
            assert guard.committer.judges
            hand_loop().skip(DEADLINE)
            await mailbox.reply()
            hand_loop().skip(DEADLINE)

            assert guard.committer.longest_wait() == 0.0
            assert not guard.committer.judges
            assert list(guard.committer.ended_lanes()) == []


class TestEndedLanes:
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    @in_loop
    async def test_are_told(self) -> None:
        """A lane whose thread is no more will never judge again."""
        async with guarding(ScriptedJudge(fall_over), lanes=2) as guard:
            assert list(guard.committer.ended_lanes()) == []
            mailbox = guard.ask()
            while not guard.committer.ended_lanes():
                await turns()
            (ended,) = guard.committer.ended_lanes()
            hand_loop().skip(DEADLINE)
            await mailbox.reply()

        assert ended in {"lane-0", "lane-1"}
