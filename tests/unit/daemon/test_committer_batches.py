"""Who is judged together."""

from __future__ import annotations

from tests.unit.daemon.doubles import GatedJudge, accept
from tests.unit.daemon.guard import guarding
from tests.unit.daemon.loops import in_loop


class TestBatch:
    @in_loop
    async def test_forms_while_the_one_before_is_judged(self) -> None:
        """
        No timer: who comes alone is judged alone, at once; who comes
        meanwhile is judged together.
        """
        judge = GatedJudge()
        async with guarding(judge) as guard:
            guard.ask("first")
            alone = await judge.arrival()
            for number in range(20):
                guard.ask(f"later{number}")
            judge.let_go()
            together = await judge.arrival()

        assert [each.sender for each in alone] == ["first"]
        expected = [f"later{number}" for number in range(20)]
        assert expected == [each.sender for each in together]

    @in_loop
    async def test_wakes_the_loop_once(self) -> None:
        """All replies of a batch are given in one turn of the loop."""
        async with guarding(accept, started=False) as guard:
            asked = [guard.ask() for _ in range(100)]
            guard.committer.start()
            await asked[0].reply()
            replied = [len(mailbox.replies) for mailbox in asked]

        assert replied == [1] * 100

    @in_loop
    async def test_of_one_lane_does_not_wait_for_another(self) -> None:
        """
        Lanes work side by side, and all messages of a sender are in one of
        them, in order.
        """
        judge = GatedJudge()
        async with guarding(judge, lanes=2, started=False) as guard:
            for number in range(3):
                for name in range(40):
                    guard.ask(f"sender{name}", f"t{number}")
            guard.committer.start()
            batches = [await judge.arrival(), await judge.arrival()]

        one, other = ({each.sender for each in batch} for batch in batches)
        assert set() == one & other
        assert len(one | other) == 40
        for batch in batches:
            for sender in {each.sender for each in batch}:
                order = [each.transaction for each in batch if each.sender == sender]
                assert order == ["t0", "t1", "t2"]
