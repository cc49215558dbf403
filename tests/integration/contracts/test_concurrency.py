"""No charge is lost and none is counted twice, whatever runs beside it."""

from __future__ import annotations

import contextlib
import functools
import random

from collections import Counter
from collections.abc import Callable

import pytest

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.errors import StoreConflict
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.cleanup import ResetCounters
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.integration.contracts.acts import create, judging, mail, patiently, together
from tests.integration.contracts.rig import NOON, SENDER, HandClock, StoreRig


THREADS, CHARGES = 32, 25

RARE = 1 / 36
"""Conflicts per unit that nobody notices."""

Batch = list[Submission]


def judging_all(
    judge: JudgeSubmissions, batches: list[Batch], conflicts: list[StoreConflict]
) -> Callable[[], list[Decision]]:
    """Return what one thread does: judge batch after batch."""

    def work() -> list[Decision]:
        return [
            decision
            for batch in batches
            for decision in patiently(functools.partial(judge, batch), conflicts)
        ]

    return work


def judged_by_many(
    rig: StoreRig, threads: list[list[Batch]], *, quota: int
) -> tuple[list[Decision], list[StoreConflict]]:
    """Judge the batches of every thread at the same time."""
    conflicts: list[StoreConflict] = []
    judge = judging(rig, quota=quota)
    done = together([judging_all(judge, batches, conflicts) for batches in threads])
    return [decision for decisions in done for decision in decisions], conflicts


def reasons(decisions: list[Decision]) -> dict[Reason, int]:
    return dict(Counter(decision.reason for decision in decisions))


class TestOneSender:
    def test_every_charge_counts_and_one_crosses(self, rig: StoreRig) -> None:
        """
        32 threads with 25 messages each: a quota of N admits exactly N, the
        next one crosses it, the counter has all of them, and every message
        saw a count of its own.
        """
        quota = 500
        batches = [[[mail()]] * CHARGES] * THREADS

        decisions, _ = judged_by_many(rig, batches, quota=quota)

        total = THREADS * CHARGES
        counter = rig.counters()[SENDER]
        assert counter.messages == counter.messages_total == total
        assert counter.recipients == counter.recipients_total == total
        assert {
            Reason.WITHIN_QUOTA: quota,
            Reason.QUOTA_LIMIT_REACHED: 1,
            Reason.OVER_QUOTA: total - quota - 1,
        } == reasons(decisions)
        assert set(range(1, total + 1)) == {each.recipients for each in decisions}
        kept = Counter(message.verdict for message in rig.messages())
        assert kept == {Verdict.ACCEPT: quota, Verdict.DEFER: total - quota}


class TestManySenders:
    def test_known_senders_in_any_order_never_conflict(self, rig: StoreRig) -> None:
        """
        Units that want the same senders, some or all of them and in whatever
        order, take them one after the other: no charge is lost and nobody
        ever has to begin again. The senders are older the later they come in
        the alphabet, so that age and name are different orders.
        """
        senders = [f"{letter}@example.com" for letter in "abcdefgh"]
        create(rig, *reversed(senders))
        order = random.Random(4711)
        threads = [
            [
                [mail(sender=sender) for sender in order.sample(senders, size)]
                for size in order.sample([1, 2, 3, 4, 5, 6, 7, 8, 8, 8], 10)
            ]
            for _ in range(12)
        ]

        _, conflicts = judged_by_many(rig, threads, quota=1000)

        asked = Counter(
            submission.sender
            for batches in threads
            for batch in batches
            for submission in batch
        )
        assert conflicts == []
        assert asked == {
            sender: counter.messages for sender, counter in rig.counters().items()
        }

    @pytest.mark.parametrize("known", ["a@known", "z@known"])
    def test_new_senders_are_made_once(self, rig: StoreRig, known: str) -> None:
        """
        Units that meet the same new senders at the same time, together with
        one that is known, make each of them once and lose nothing; a conflict
        is the exception. Exactly one crosses for each sender.
        """
        threads, rounds = 12, 15
        create(rig, known)
        batches = [
            [
                [mail(sender=sender) for sender in (known, f"m-{i}", f"n-{i // 4}")]
                for i in range(rounds)
            ]
        ] * threads

        decisions, conflicts = judged_by_many(rig, batches, quota=threads - 1)

        counters = rig.counters()
        asked = {known: threads * rounds}
        asked |= {f"m-{i}": threads for i in range(rounds)}
        asked |= {f"n-{i}": 4 * threads for i in range(rounds // 4)}
        asked |= {f"n-{rounds // 4}": rounds % 4 * threads}
        assert asked == {each: counter.messages for each, counter in counters.items()}
        crossings = reasons(decisions)[Reason.QUOTA_LIMIT_REACHED]
        assert crossings == len(counters) - 1
        assert len(conflicts) <= RARE * threads * rounds


class TestResetBeside:
    def test_no_charge_is_lost_to_a_reset(self, rig: StoreRig) -> None:
        """
        While counters are reset again and again, every charge goes into the
        totals; what conflicts is settled by trying again.
        """
        threads, rounds = 4, 20
        senders = [f"{letter}@example.com" for letter in "abcdefgh"]
        create(rig, *reversed(senders))
        reset = ResetCounters(rig.units, HandClock(), chunk=3)

        def reset_often() -> list[Decision]:
            for _ in range(rounds):
                run = reset.begin(period_start=NOON)
                while run.finished_at is None:
                    # A reset waits for its turn as long as it takes.
                    with contextlib.suppress(StoreConflict):
                        run = reset.step(run)
            return []

        batches = [[mail(sender=sender) for sender in senders]] * rounds
        judge = judging_all(judging(rig), batches, [])
        together([reset_often, *[judge] * threads])

        for counter in rig.counters().values():
            assert counter.messages_total == threads * rounds
            assert counter.messages <= threads * rounds
