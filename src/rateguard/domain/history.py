"""
What operators did.
"""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.counter import SenderCounter


@attrs.frozen
class FieldChange:
    """
    One thing that was changed; both sides as text, ``""`` for nothing.
    """

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

        action: What it is called, see :mod:`rateguard.domain.orders`.

        reason: Why, in the operator's words; ``""`` if he gave none.
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
    """
    Return what differs between two counters of one sender; None is a sender
    that is not there.
    """
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
