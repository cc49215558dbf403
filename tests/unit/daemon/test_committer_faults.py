"""Mail flows, whatever the store does."""

from __future__ import annotations

from collections.abc import Sequence

from rateguard.domain.decision import Decision
from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.submission import Submission
from tests.unit.daemon.doubles import GatedJudge, ScriptedJudge, accept
from tests.unit.daemon.guard import guarding
from tests.unit.daemon.loops import hand_loop, in_loop
from tests.unit.doubles import LogSpy


class TestBug:
    @in_loop
    async def test_lets_only_its_cause_pass(self, log: LogSpy) -> None:
        """The others of the batch are judged, and the daemon lives."""

        def judge(batch: Sequence[Submission]) -> list[Decision]:
            if any(each.sender == "poison" for each in batch):
                raise ZeroDivisionError
            return accept(batch)

        async with guarding(judge, started=False) as guard:
            asked = [guard.ask(sender) for sender in ("anna", "poison", "ben")]
            guard.committer.start()
            replies = [await mailbox.reply() for mailbox in asked]
            replies.append(await guard.ask("carl").reply())

        judged = b"WITHIN_QUOTA"
        assert [judged, b"INTERNAL_ERROR", judged, judged] == replies
        assert [ZeroDivisionError] == log.tracebacks


class TestConflict:
    @in_loop
    async def test_is_not_seen_when_it_was_overcome(self, log: LogSpy) -> None:
        """The same batch again, and nobody hears of it."""
        judge = ScriptedJudge(StoreConflict(), StoreConflict())
        async with guarding(judge) as guard:
            assert await guard.ask().reply() == b"WITHIN_QUOTA"

        assert len(judge.batches) == 3
        assert [level for level, _ in log.lines if level != "DEBUG"] == []


class TestStoreThatIsAway:
    @in_loop
    async def test_lets_all_pass(self, log: LogSpy) -> None:
        """Who was waiting, and who comes then: at once, without asking again."""
        judge = ScriptedJudge(StoreUnavailable("no route"))
        async with guarding(judge, started=False) as guard:
            asked = [guard.ask() for _ in range(3)]
            guard.committer.start()
            replies = [await mailbox.reply() for mailbox in asked]
            at_once = guard.ask().replies

        assert [*replies, *at_once] == [b"STORE_UNAVAILABLE"] * 4
        assert len(judge.batches) == 1
        expected = "database unavailable, mail passes uncounted: no route"
        assert [("ERROR", expected)] == log.lines

    @in_loop
    async def test_is_tried_once_a_second(self) -> None:
        """By one request; those beside it pass."""
        judge = GatedJudge(ScriptedJudge(StoreUnavailable(), StoreUnavailable()))
        async with guarding(judge) as guard:
            first = guard.ask()
            judge.let_go()
            await first.reply()
            hand_loop().skip(1.0)
            attempt, beside = guard.ask("attempt"), guard.ask("beside")

            assert (attempt.replies, beside.replies) == ([], [b"STORE_UNAVAILABLE"])
            await judge.arrival()
            (tried,) = await judge.arrival()
            assert tried.sender == "attempt"
            judge.let_go()
            assert await attempt.reply() == b"STORE_UNAVAILABLE"
            assert guard.ask().replies == [b"STORE_UNAVAILABLE"]

        assert len(judge.batches) == 2

    @in_loop
    async def test_is_asked_again_when_it_is_back(self, log: LogSpy) -> None:
        """After one success everybody is judged; the log has the damage."""
        judge = ScriptedJudge(StoreUnavailable())
        async with guarding(judge) as guard:
            await guard.ask().reply()
            guard.ask()
            hand_loop().skip(1.0)
            replies = [await guard.ask().reply() for _ in range(3)]

        assert replies == [b"WITHIN_QUOTA"] * 3
        assert log.lines[-1] == (
            "WARNING", "database is back after 1 s, 2 requests passed uncounted"
        )  # fmt: skip

    @in_loop
    async def test_of_one_lane_is_not_that_of_another(self) -> None:
        """Each lane learns for itself."""

        def judge(batch: Sequence[Submission]) -> list[Decision]:
            if any(each.sender == "sender0" for each in batch):
                raise StoreUnavailable
            return accept(batch)

        async with guarding(judge, lanes=8) as guard:
            first = await guard.ask("sender0").reply()
            replies = [await guard.ask(f"sender{i}").reply() for i in range(99)]

        assert first == b"STORE_UNAVAILABLE"
        assert {b"STORE_UNAVAILABLE", b"WITHIN_QUOTA"} == set(replies)
