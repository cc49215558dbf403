"""Group commit, as the event loop sees it."""

from __future__ import annotations

import asyncio
import time

from collections.abc import Sequence

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.unit.daemon.doubles import (
    GatedJudge,
    Mailbox,
    Outcome,
    ScriptedJudge,
    accept,
)
from tests.unit.daemon.guard import guarding
from tests.unit.daemon.loops import in_loop
from tests.unit.doubles import HandClock, LogSpy


def away(batch: Sequence[Submission]) -> list[Decision]:
    raise StoreUnavailable


def poisoned(batch: Sequence[Submission]) -> list[Decision]:
    raise ZeroDivisionError


def by_sender(batch: Sequence[Submission]) -> list[Decision]:
    """Block whose name begins with b."""
    accepted = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA)
    blocked = Decision(Verdict.DEFER, Reason.OVER_QUOTA)
    return [blocked if each.sender.startswith("b") else accepted for each in batch]


class TestAnswer:
    @pytest.mark.parametrize("lanes", [1, 2, 5])
    @in_loop
    async def test_is_that_of_the_request(self, lanes: int) -> None:
        """
        However many lanes share the work, everybody gets their own decision,
        once.
        """
        async with guarding(by_sender, lanes=lanes) as guard:
            asked = [guard.ask(f"{name}{i}") for i in range(30) for name in "ab"]
            replies = [await mailbox.reply() for mailbox in asked]

        assert replies == [b"WITHIN_QUOTA", b"OVER_QUOTA"] * 30

    @in_loop
    async def test_comes_after_the_judging(self) -> None:
        """Not a byte before the charge is durable."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            mailbox = guard.ask()
            await judge.arrival()
            assert mailbox.replies == []
            judge.let_go()
            assert await mailbox.reply() == b"WITHIN_QUOTA"

    @in_loop
    async def test_is_exact_over_a_real_store(self) -> None:
        """
        The use case under the lanes: a quota of 40 admits 40 of 60, whoever
        asks when, and one crosses.
        """
        store = MemoryStore()
        judge = JudgeSubmissions(store, HandClock(), QuotaPolicy.of(40))
        async with guarding(judge, lanes=2) as guard:
            asked = [guard.ask(name, f"t{i}") for i in range(60) for name in "xyz"]
            replies = [await mailbox.reply() for mailbox in asked]

        for place in range(3):
            expected = [
                *[b"WITHIN_QUOTA"] * 40, b"QUOTA_LIMIT_REACHED", *[b"OVER_QUOTA"] * 19
            ]  # fmt: skip
            assert expected == replies[place::3]

    @settings(max_examples=30)
    @given(
        st.lists(st.sampled_from([accept, away, poisoned]), max_size=8),
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=12),
    )
    @in_loop
    async def test_is_one_whatever_happens(
        self, script: list[Outcome], senders: list[str]
    ) -> None:
        """Whatever the store does, each request has one reply."""
        async with guarding(ScriptedJudge(*script), lanes=2) as guard:
            for sender in senders:
                guard.ask(sender)
                await asyncio.sleep(0)

        assert [1] * len(senders) == [len(each.replies) for each in guard.mailboxes]


class TestObserver:
    @in_loop
    async def test_is_told_what_was_judged(self) -> None:
        """Each decision with its submission."""
        async with guarding(by_sender) as guard:
            await guard.ask("anna").reply()
            await guard.ask("ben").reply()

        told = [
            (submission.sender, decision.reason)
            for submissions, decisions in guard.observed.batches
            for submission, decision in zip(submissions, decisions, strict=True)
        ]
        assert told == [("anna", Reason.WITHIN_QUOTA), ("ben", Reason.OVER_QUOTA)]

    @in_loop
    async def test_is_told_after_the_replies(self) -> None:
        """Nobody waits for log and metrics."""
        late = Late()
        async with guarding(accept, observer=late) as guard:
            late.mailboxes = guard.mailboxes
            await guard.ask("anna").reply()
            await guard.ask("ben").reply()

        assert [1, 2] == late.replied

    @in_loop
    async def test_may_fail(self, log: LogSpy) -> None:
        """Its bug is in the log, and the next batch is judged."""
        async with guarding(accept, observer=Broken()) as guard:
            await guard.ask("anna").reply()
            await guard.ask("ben").reply()

        assert [ZeroDivisionError] * 2 == log.tracebacks


class Late:
    """An observer that counts the replies given when it is told."""

    def __init__(self) -> None:
        self.mailboxes: list[Mailbox] = []
        self.replied: list[int] = []

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """Count."""
        self.replied.append(sum(len(each.replies) for each in self.mailboxes))


class Broken:
    """An observer that cannot take note of anything."""

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """Fail."""
        raise ZeroDivisionError


class TestStop:
    @in_loop
    async def test_judges_what_was_asked_before(self) -> None:
        """Who was let in is answered."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            first = guard.ask("first")
            await judge.arrival()
            second = guard.ask("second")
            guard.committer.stop()
            judge.open()
            replies = [await first.reply(), await second.reply()]

        assert replies == [b"WITHIN_QUOTA"] * 2

    @in_loop
    async def test_names_a_lane_that_hangs(self) -> None:
        """And does not wait for it for ever."""
        judge = GatedJudge()
        async with guarding(judge) as guard:
            guard.ask()
            await judge.arrival()
            guard.committer.stop()
            assert list(guard.committer.join(0)) == ["lane-0"]

    @in_loop
    async def test_waits_for_all_lanes_together(self) -> None:
        """More lanes that hang do not take longer: one deadline is for all."""
        async with guarding(accept, lanes=60) as guard:
            began = time.monotonic()
            # Not told to stop yet, so none of them ends.
            assert 60 == len(guard.committer.join(0.1))
            seconds = time.monotonic() - began

        assert seconds < 3
