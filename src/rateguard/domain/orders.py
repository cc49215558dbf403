"""
What an operator may do to a sender.

An order is a pure function from the counter as it is to the counter as it
shall be; :class:`~rateguard.domain.usecases.manage.ManageSenders` carries it
out and records it.
"""

from __future__ import annotations

import datetime as dt

from typing import Any, ClassVar, Protocol

import attrs

from rateguard.domain.counter import COUNTER_MAX, SenderCounter
from rateguard.domain.errors import OrderRefused
from rateguard.domain.quota import QuotaPolicy, Raise


class Order(Protocol):
    """
    Attributes:
        action: What it is called in the history.
    """

    @property
    def action(self) -> str: ...

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        """
        Return the counter after it, with policy as kept, not as in force.

        Raises:
            OrderRefused: it makes no sense for this counter.
        """


@attrs.frozen
class SetQuota:
    """The quota of now and after every reset. Ends a raise."""

    action: ClassVar[str] = "set"

    quota: int

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        quota = _possible(self.quota)
        return _with(counter, quota=quota, quota_reset=quota, raised=None)


@attrs.frozen
class RaiseQuota:
    """
    A higher quota for a while.

    Attributes:
        until: Its end, aware UTC; None is the next reset.
    """

    action: ClassVar[str] = "raise"

    quota: int
    until: dt.datetime | None = None

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        if self.until is not None and self.until <= at:
            raise OrderRefused("the end of the raise (--until) is in the past")
        if _possible(self.quota) <= counter.policy.quota:
            raise OrderRefused(
                f"the quota is {counter.policy.quota:,} already, so this is not a"
                " raise; to lower it, use rateguard sender set"
            )
        return _with(counter, raised=Raise(self.quota, self.until))


@attrs.frozen
class RaiseBy:
    """
    A quota for a while that admits so many more than are counted now. What was
    blocked is counted too, so a raise by less than that would admit nothing.

    Attributes:
        until: As that of :class:`RaiseQuota`.
    """

    action: ClassVar[str] = "raise"

    more: int
    until: dt.datetime | None = None

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        room = counter.in_force(at).policy.quota - counter.used
        if room >= self.more:
            raise OrderRefused(
                f"the quota in force admits {room:,} more already, so this is not"
                " a raise"
            )
        return RaiseQuota(counter.used + self.more, self.until).apply(counter, at)


@attrs.frozen
class Mark:
    """Sets one flag of the policy, for good or until it is set otherwise."""

    action: str
    flag: str
    wanted: bool

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        return _with(counter, **{self.flag: self.wanted})


LOCK_QUOTA = Mark("lock", "locked", wanted=True)
UNLOCK_QUOTA = Mark("unlock", "locked", wanted=False)
SUSPEND = Mark("suspend", "suspended", wanted=True)
RELEASE = Mark("release", "suspended", wanted=False)


@attrs.frozen
class ResetNow:
    """What the nightly reset does, for this sender alone."""

    action: ClassVar[str] = "reset"

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        return counter.reset()


@attrs.frozen
class Usage:
    """
    What the other program counted since its reset.

    Attributes:
        name: The sender as that program writes it.
    """

    name: str
    messages: int
    recipients: int


@attrs.frozen
class Arrival:
    """
    One sender of another program, and what it brings.

    Attributes:
        sender: Canonical key.
        quota: What the other program admits between two resets.
        own: The quota is this sender's alone and not that of everybody.
        messages, recipients: Counted since the reset.
    """

    sender: str
    quota: int
    own: bool = False
    messages: int = 0
    recipients: int = 0


@attrs.frozen
class Plan:
    """
    What an import will do.

    Attributes:
        quota: That of every sender that has none of its own.
        arrivals: By sender, each once.
        remarks: What has no equivalent here, and what is done with it.
    """

    quota: int
    arrivals: tuple[Arrival, ...]
    remarks: tuple[str, ...]


@attrs.frozen
class TakeOver:
    """
    Quota and counters from another program. Counters are never lowered; the
    totals rise with them, and are no less than they.

    Attributes:
        quota: None leaves the quota as it is.
    """

    action: ClassVar[str] = "import"

    quota: int | None = None
    messages: int = 0
    recipients: int = 0

    def apply(self, counter: SenderCounter, at: dt.datetime) -> SenderCounter:
        taken = counter.charge(
            messages=max(0, self.messages - counter.messages),
            recipients=max(0, self.recipients - counter.recipients),
        )
        taken = attrs.evolve(
            taken,
            messages_total=max(taken.messages_total, taken.messages),
            recipients_total=max(taken.recipients_total, taken.recipients),
        )
        return taken if self.quota is None else SetQuota(self.quota).apply(taken, at)


def _with(counter: SenderCounter, **policy: Any) -> SenderCounter:  # noqa: ANN401
    changed: QuotaPolicy = attrs.evolve(counter.policy, **policy)
    return attrs.evolve(counter, policy=changed)


def _possible(quota: int) -> int:
    if not 0 <= quota <= COUNTER_MAX:
        raise OrderRefused(f"a quota is a number from 0 to {COUNTER_MAX:,}")
    return quota


@attrs.frozen
class FieldChange:
    """One thing that was changed; both sides as text, ``""`` for nothing."""

    name: str
    before: str
    after: str


@attrs.frozen
class Change:
    """
    One order that was carried out.

    Attributes:
        at: Aware UTC.
        by: Who gave the order.
        action: That of the order.
        reason: Why, in the operator's words; ``""`` if none was given.
    """

    at: dt.datetime
    by: str
    action: str
    sender: str
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""


def differences(
    before: SenderCounter | None, after: SenderCounter | None
) -> tuple[FieldChange, ...]:
    """Return what differs between two counters of one sender; None is no sender."""
    old, new = _texts(before), _texts(after)
    return tuple(
        FieldChange(name, old.get(name, ""), new.get(name, ""))
        for name in (old or new)
        if old.get(name, "") != new.get(name, "")
    )


def _texts(counter: SenderCounter | None) -> dict[str, str]:
    if counter is None:
        return {}
    policy, raised = counter.policy, counter.policy.raised
    until = raised.until if raised else None
    return {
        "quota": str(policy.quota),
        "quota_reset": str(policy.quota_reset),
        "locked": "yes" if policy.locked else "no",
        "suspended": "yes" if policy.suspended else "no",
        "raised": str(raised.quota) if raised else "",
        "raised_until": until.isoformat() if until else "",
        "messages": str(counter.messages),
        "recipients": str(counter.recipients),
        "messages_total": str(counter.messages_total),
        "recipients_total": str(counter.recipients_total),
    }
