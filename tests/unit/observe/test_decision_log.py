"""The decisions of a batch on their way to the log."""

from __future__ import annotations

import logging

import attrs
import pytest

from rateguard.adapters.observe.logline import (
    DecisionLog,
    DecisionsRecord,
    decision_line,
)
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.submission import Submission
from tests.unit.doubles import LogSpy


MESSAGES = [Submission("anna", queue_id=f"Q{number}") for number in range(3)]

ACCEPTED = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 1, 1)
CROSSING = Decision(Verdict.DEFER, Reason.QUOTA_LIMIT_REACHED, 2, 1)
BLOCKED = Decision(Verdict.DEFER, Reason.OVER_QUOTA, 3, 1)
DECISIONS = [ACCEPTED, CROSSING, BLOCKED]

FAILED_OPEN = [
    Decision.fail_open(reason)
    for reason in (
        Reason.STORE_UNAVAILABLE,
        Reason.DEADLINE_PASSED,
        Reason.INTERNAL_ERROR,
    )
]
REPEATED = [attrs.evolve(decision, repeated=True) for decision in (ACCEPTED, BLOCKED)]


def lines(
    submissions: list[Submission], decisions: list[Decision], level: int
) -> list[tuple[int, str]]:
    return list(DecisionsRecord("log", submissions, decisions).lines(level))


class TestLines:
    def test_have_the_level_of_their_verdict(self) -> None:
        """Accepted at INFO, blocked at WARNING, in the order of the batch."""
        texts = map(decision_line, MESSAGES, DECISIONS)
        levels = [logging.INFO, logging.WARNING, logging.WARNING]

        expected = list(zip(levels, texts, strict=True))
        assert expected == lines(MESSAGES, DECISIONS, logging.INFO)

    @pytest.mark.parametrize(
        ("level", "queue_ids"),
        [
            (logging.DEBUG, ["Q0", "Q1", "Q2"]),
            (logging.INFO, ["Q0", "Q1", "Q2"]),
            (logging.WARNING, ["Q1", "Q2"]),
            (logging.ERROR, []),
        ],
    )
    def test_below_the_level_are_left_out(
        self, level: int, queue_ids: list[str]
    ) -> None:
        """LOG_LEVEL holds for each line, not for the batch."""
        found = [
            text.partition(":")[0] for _, text in lines(MESSAGES, DECISIONS, level)
        ]

        assert queue_ids == found

    @pytest.mark.parametrize("decision", [*REPEATED, *FAILED_OPEN], ids=repr)
    def test_are_of_charged_messages_only(self, decision: Decision) -> None:
        """
        A message asked about again had its line; one that nobody judged has
        none. The others of the batch keep theirs.
        """
        found = lines(MESSAGES, [ACCEPTED, decision, BLOCKED], logging.INFO)

        assert [text.partition(":")[0] for _, text in found] == ["Q0", "Q2"]


class TestDecisionLog:
    def test_hands_over_one_record_a_batch(self, log: LogSpy) -> None:
        """The lines are made by whoever writes them; no mail waits for that."""
        logger = logging.getLogger("rateguard.decisions")

        DecisionLog(logger).decided(MESSAGES, DECISIONS)

        (record,) = log.records
        assert isinstance(record, DecisionsRecord)
        assert record.name == "rateguard.decisions"
        expected = lines(MESSAGES, DECISIONS, logging.INFO)
        assert expected == list(record.lines(logging.INFO))

    def test_hands_over_nothing_that_nobody_reads(self, log: LogSpy) -> None:
        """Above WARNING there is no line of ours."""
        logger = logging.getLogger("rateguard.decisions.quiet")
        logger.setLevel(logging.ERROR)

        DecisionLog(logger).decided(MESSAGES, DECISIONS)

        assert log.records == []
