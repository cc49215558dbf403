"""Nobody waits for longer than the deadline."""

from __future__ import annotations

import pytest

from tests.unit.daemon.doubles import GatedJudge, accept
from tests.unit.daemon.guard import DEADLINE, guarding
from tests.unit.daemon.loops import hand_loop, in_loop, turns
from tests.unit.doubles import LogSpy


class TestDeadline:
    @in_loop
    async def test_is_kept_when_the_store_hangs(self, log: LogSpy) -> None:
        """
        Everybody who waits is let pass before it has passed, and whoever
        comes then is let pass at once.
        """
        judge = GatedJudge()
        async with guarding(judge) as guard:
            asked = [guard.ask() for _ in range(3)]
            await judge.arrival()
            hand_loop().skip(DEADLINE - 0.01)
            replies = [await mailbox.reply() for mailbox in asked]
            at_once = guard.ask().replies

        assert replies == [b"DEADLINE_PASSED"] * 3
        assert at_once == [b"STORE_UNAVAILABLE"]
        why = "no decision within REQUEST_DEADLINE"
        expected = f"database unavailable, mail passes uncounted: {why}"
        assert log.lines[0] == ("ERROR", expected)

    @in_loop
    async def test_is_not_kept_too_early(self) -> None:
        """A slow store is still a store."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            mailbox = guard.ask()
            await judge.arrival()
            hand_loop().skip(DEADLINE * 0.9)
            await turns(5)
            assert mailbox.replies == []
            judge.let_go()
            assert await mailbox.reply() == b"WITHIN_QUOTA"

    @in_loop
    async def test_makes_the_late_decision_silent(self, log: LogSpy) -> None:
        """
        It is not sent after the reply that was given for it; but it shows
        that the store works again.
        """
        judge = GatedJudge()
        async with guarding(judge) as guard:
            late = guard.ask("late")
            await judge.arrival()
            hand_loop().skip(DEADLINE)
            await late.reply()
            judge.let_go()
            await guard.observed.told()
            judge.let_go()
            assert await guard.ask().reply() == b"WITHIN_QUOTA"

        assert late.replies == [b"DEADLINE_PASSED"]
        assert log.lines[1][1].startswith("database is back after ")

    @in_loop
    async def test_is_that_of_each_request(self) -> None:
        """Who came later may wait for longer."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            early = guard.ask("early")
            await judge.arrival()
            hand_loop().skip(DEADLINE / 2)
            later = guard.ask("later")
            hand_loop().skip(DEADLINE / 2)
            assert await early.reply() == b"DEADLINE_PASSED"
            await turns(5)
            assert later.replies == []
            hand_loop().skip(DEADLINE / 2)
            assert await later.reply() == b"DEADLINE_PASSED"

    @pytest.mark.parametrize("requests", [1, 50])
    @in_loop
    async def test_is_forgotten_with_the_reply(self, requests: int) -> None:
        """What was answered is not kept, and nothing ticks when nobody waits."""
        async with guarding(accept) as guard:
            for _ in range(requests):
                await guard.ask().reply()
            hand_loop().skip(1.0)
            await turns(5)

            assert len(guard.committer._pending) == 0
            assert guard.committer._sweep is None
