"""How submissions are cut into batches makes no difference."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Decision, Reason
from rateguard.domain.ports import MessageRecord
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.unit.domain.strategies import submissions
from tests.unit.doubles import HandClock


batches = st.lists(st.lists(submissions, max_size=8), max_size=5)
quotas = st.integers(0, 25)


def judged(
    quota: int, cut: list[list[Submission]]
) -> tuple[list[Decision], MemoryStore]:
    store = MemoryStore()
    judge = JudgeSubmissions(store, HandClock(), QuotaPolicy.of(quota))
    return [decision for batch in cut for decision in judge(batch)], store


def kept(
    store: MemoryStore, senders: set[str]
) -> tuple[list[SenderCounter | None], list[MessageRecord]]:
    counters = [store.counter(sender) for sender in sorted(senders)]
    return counters, sorted(store.records, key=repr)


class TestBatches:
    @settings(max_examples=100)
    @given(quotas, batches)
    def test_decide_and_keep_what_one_by_one_does(
        self, quota: int, cut: list[list[Submission]]
    ) -> None:
        """
        Decisions, counters and the message log are the same as if every
        submission had come alone.
        """
        alone = [[submission] for batch in cut for submission in batch]

        expected, expected_store = judged(quota, alone)
        decisions, store = judged(quota, cut)

        assert expected == decisions
        senders = {submission.sender for (submission,) in alone}
        assert kept(expected_store, senders) == kept(store, senders)

    @given(quotas, batches)
    def test_charge_what_the_log_says(
        self, quota: int, cut: list[list[Submission]]
    ) -> None:
        """
        The counters are the sums over the messages that are kept: nothing is
        charged twice, nothing is lost.
        """
        _, store = judged(quota, cut)

        for sender in {each.sender for batch in cut for each in batch}:
            of_sender = [
                record.submission.recipients
                for record in store.records
                if record.submission.sender == sender
            ]
            used = min(4294967295, sum(of_sender))
            counter = store.counter(sender)
            assert counter is not None
            assert (len(of_sender), used) == (counter.messages, counter.recipients)

    @given(quotas, batches)
    def test_cross_once_for_each_sender(
        self, quota: int, cut: list[list[Submission]]
    ) -> None:
        """
        Exactly one decision reports the crossing of a sender that ended over
        the quota.
        """
        decisions, store = judged(quota, cut)

        asked = [submission for batch in cut for submission in batch]
        crossed = sorted(
            submission.sender
            for submission, decision in zip(asked, decisions, strict=True)
            if decision.reason is Reason.QUOTA_LIMIT_REACHED
        )
        over = [
            sender
            for sender in sorted({each.sender for each in asked})
            if (counter := store.counter(sender)) and counter.over_quota
        ]
        assert over == crossed
