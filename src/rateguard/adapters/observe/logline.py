"""One line in the log for every decision."""

from __future__ import annotations

import logging

from collections.abc import Iterator, Sequence

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.escaping import escaped
from rateguard.domain.submission import Submission


_STATUS = {
    Reason.WITHIN_QUOTA: "ACCEPTED",
    Reason.OVER_QUOTA: "BLOCKED",
    Reason.QUOTA_LIMIT_REACHED: "BLOCKED (QUOTA_LIMIT_REACHED)",
    Reason.SUSPENDED: "BLOCKED (SUSPENDED)",
}


class DecisionsRecord(logging.LogRecord):
    """
    A log record of a whole batch: the lines are made by whoever writes them,
    so that no mail waits for it.
    """

    def __init__(
        self,
        name: str,
        submissions: Sequence[Submission],
        decisions: Sequence[Decision],
    ) -> None:
        super().__init__(
            name, logging.WARNING, __file__, 0, "decisions", (), None, "decision_line"
        )
        self.submissions = submissions
        self.decisions = decisions

    def lines(self, level: int) -> Iterator[tuple[int, str]]:
        """
        Yield level and text of every decision at *level* or above. A message
        that was only asked about again has no line of its own.
        """
        for submission, decision in zip(self.submissions, self.decisions, strict=True):
            if decision.repeated or decision.failed_open:
                continue
            blocked = decision.verdict is Verdict.DEFER
            own_level = logging.WARNING if blocked else logging.INFO
            if own_level >= level:
                yield own_level, decision_line(submission, decision)


class DecisionLog:
    """An ``Observer`` that hands each batch to a logger as one record."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        if self._logger.isEnabledFor(logging.WARNING):
            record = DecisionsRecord(self._logger.name, submissions, decisions)
            self._logger.handle(record)


def decision_line(submission: Submission, decision: Decision) -> str:
    """
    Return the line of one decision. What strangers sent is escaped, so that
    it stays one line and shows as what it is.
    """
    line = (
        f"{submission.queue_id or None}: "
        f"client={submission.client_name or None}[{submission.client_address or None}]"
        f", helo={submission.helo or None}"
        f", sasl_method={submission.auth_method or None}"
        f", sasl_username={submission.login or None}"
        f", from={submission.from_address or None}"
        f", to={submission.to_address or None}"
        f", recipient_count={submission.recipients}"
        f", curr_count={decision.recipients}/{decision.quota}"
        f", status={_STATUS[decision.reason]}"
    )
    return line if line.isprintable() else escaped(line)
