"""The rule: who may send on."""

from __future__ import annotations

import datetime as dt
import enum

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import Event, QuotaReached, QuotaWarning
from rateguard.domain.submission import Submission
from rateguard.domain.value import value


class Verdict(enum.Enum):
    """What happens to the message."""

    ACCEPT = "accept"
    DEFER = "defer"


class Reason(enum.Enum):
    """Why."""

    WITHIN_QUOTA = "within quota"
    OVER_QUOTA = "over quota"
    QUOTA_LIMIT_REACHED = "quota limit reached"
    SUSPENDED = "suspended"
    STORE_UNAVAILABLE = "store unavailable"
    DEADLINE_PASSED = "deadline passed"
    INTERNAL_ERROR = "internal error"


# A tuple: members are found in it by identity, in a set by a hash that enum
# computes in Python.
_OUR_FAULTS = (
    Reason.STORE_UNAVAILABLE,
    Reason.DEADLINE_PASSED,
    Reason.INTERNAL_ERROR,
)


@value
class Decision:
    """
    The answer to one submission.

    Attributes:
        recipients: Recipients counted for the sender, this one included.

        quota: The quota they were held against.

        repeated:
            The same message was judged before; nothing was charged and the
            earlier verdict stands.
    """

    verdict: Verdict
    reason: Reason
    recipients: int = 0
    quota: int = 0
    repeated: bool = False

    @classmethod
    def fail_open(cls, reason: Reason) -> Decision:
        """Return the answer when the fault is ours: mail is never lost to us."""
        return cls(Verdict.ACCEPT, reason)

    @property
    def failed_open(self) -> bool:
        """Whether nothing was judged, because of a fault of ours."""
        return self.reason in _OUR_FAULTS


@value
class Charge:
    """What an earlier question about the same message was charged and told."""

    recipients: int
    verdict: Verdict


@value
class Judgement:
    """All that follows from judging one submission."""

    counter: SenderCounter
    decision: Decision
    events: tuple[Event, ...] = ()


def judge(
    counter: SenderCounter,
    submission: Submission,
    *,
    at: dt.datetime,
    earlier: Charge | None = None,
    warn_at: int = 0,
) -> Judgement:
    """
    Charge *submission* to *counter* and say what happens to it.

    A quota of N admits exactly N messages and N recipients; the submission
    that crosses is itself blocked, counters go on rising while blocked, and
    the crossing is seen by comparing before with after, so exactly one
    submission has it.

    With *warn_at*, a percentage of the quota, the submission that reaches it
    has a warning; none that is over the quota already does.

    A suspended sender is charged and told like the others, and has nothing
    admitted.

    A message is charged once. Asked again (*earlier*), its verdict stands; if
    it has grown recipients since, only those are charged and it is judged
    anew, so that nobody gets recipients in behind an earlier answer. Source:
    SMTPD_POLICY_README on ``instance``; RFC 5321, 3.3 lets a client add
    recipients after DATA was refused.
    """
    if earlier is None:
        charged = counter.charge(messages=1, recipients=submission.recipients)
    elif submission.recipients > earlier.recipients:
        grown = submission.recipients - earlier.recipients
        charged = counter.charge(messages=0, recipients=grown)
    else:
        return Judgement(counter, _repeat(counter, earlier.verdict))
    quota = charged.policy.quota
    if not charged.over_quota:
        if charged.policy.suspended:
            return Judgement(charged, _suspended(charged))
        decision = Decision(
            Verdict.ACCEPT, Reason.WITHIN_QUOTA, charged.recipients, quota
        )
        if warn_at and _reached(charged, warn_at) and not _reached(counter, warn_at):
            return Judgement(
                charged, decision, (QuotaWarning(submission, charged, at),)
            )
        return Judgement(charged, decision)
    if counter.over_quota:
        decision = Decision(Verdict.DEFER, Reason.OVER_QUOTA, charged.recipients, quota)
        return Judgement(charged, decision)
    decision = Decision(
        Verdict.DEFER, Reason.QUOTA_LIMIT_REACHED, charged.recipients, quota
    )
    return Judgement(charged, decision, (QuotaReached(submission, charged, at),))


def _suspended(counter: SenderCounter) -> Decision:
    return Decision(
        Verdict.DEFER, Reason.SUSPENDED, counter.recipients, counter.policy.quota
    )


def _reached(counter: SenderCounter, percent: int) -> bool:
    used = max(counter.messages, counter.recipients)
    return used * 100 >= percent * counter.policy.quota


def _repeat(counter: SenderCounter, verdict: Verdict) -> Decision:
    reason = Reason.WITHIN_QUOTA if verdict is Verdict.ACCEPT else Reason.OVER_QUOTA
    return Decision(
        verdict,
        reason,
        counter.recipients,
        counter.policy.quota,
        repeated=True,
    )
