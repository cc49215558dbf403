"""The rule: who may send on."""

from __future__ import annotations

import datetime as dt
import enum

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import Event, QuotaReached, QuotaWarning
from rateguard.domain.submission import Submission
from rateguard.domain.value import value


class Verdict(enum.Enum):
    ACCEPT = "accept"
    DEFER = "defer"


class Reason(enum.Enum):
    WITHIN_QUOTA = "within quota"
    OVER_QUOTA = "over quota"
    QUOTA_LIMIT_REACHED = "quota limit reached"
    SUSPENDED = "suspended"
    STORE_UNAVAILABLE = "store unavailable"
    DEADLINE_PASSED = "deadline passed"
    INTERNAL_ERROR = "internal error"


# A tuple: members are found in it by identity, in a set by a hash that enum
# computes in Python.
_OUR_FAULTS = (Reason.STORE_UNAVAILABLE, Reason.DEADLINE_PASSED, Reason.INTERNAL_ERROR)


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

    A suspended sender is charged like the others, its crossing too is an
    event, and nothing of it is admitted; the reason is always that.

    A message is charged once. Asked again (*earlier*), its verdict stands, for
    the reason that the sender's present state gives; if
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
    policy = charged.policy
    over_quota = charged.over_quota
    if not over_quota and not policy.suspended:
        decision = Decision(
            Verdict.ACCEPT, Reason.WITHIN_QUOTA, charged.recipients, policy.quota
        )
        if warn_at and counter.share < warn_at <= charged.share:
            warning = QuotaWarning(submission, charged, at)
            return Judgement(charged, decision, (warning,))
        return Judgement(charged, decision)
    if not over_quota or counter.over_quota:
        return Judgement(charged, _blocked(charged, Reason.OVER_QUOTA))
    crossing = QuotaReached(submission, charged, at)
    decision = _blocked(charged, Reason.QUOTA_LIMIT_REACHED)
    return Judgement(charged, decision, (crossing,))


def _blocked(counter: SenderCounter, reason: Reason) -> Decision:
    policy = counter.policy
    if policy.suspended:
        # Also over the quota: no reset lets the next message pass.
        reason = Reason.SUSPENDED
    return Decision(Verdict.DEFER, reason, counter.recipients, policy.quota)


def _repeat(counter: SenderCounter, verdict: Verdict) -> Decision:
    if verdict is Verdict.DEFER:
        decision = _blocked(counter, Reason.OVER_QUOTA)
        return attrs.evolve(decision, repeated=True)
    return Decision(
        verdict,
        Reason.WITHIN_QUOTA,
        counter.recipients,
        counter.policy.quota,
        repeated=True,
    )
