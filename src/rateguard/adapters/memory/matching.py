"""Whether something is what was asked for."""

from __future__ import annotations

import datetime as dt

from rateguard.domain.counter import SenderCounter
from rateguard.domain.reports import LoggedMessage, MessageQuery, SenderQuery


def wanted(query: SenderQuery, counter: SenderCounter, at: dt.datetime) -> bool:
    """Whether it is one of the senders that are asked for."""
    raised = counter.policy.raised
    facts = (
        (query.over_quota, counter.in_force(at).over_quota),
        (query.suspended, counter.policy.suspended),
        (query.locked, counter.policy.locked),
        (query.raised, raised is not None and raised.holds(at)),
    )
    return (
        query.containing in counter.sender
        and counter.sender.startswith(query.beginning)
        and all(asked is None or asked == fact for asked, fact in facts)
    )


def asked_for(query: MessageQuery, message: LoggedMessage) -> bool:
    """Whether it is one of the messages that are asked for."""
    return (
        message.at >= query.since
        and (query.until is None or message.at < query.until)
        and query.sender in ("", message.sender)
        and query.queue_id in ("", message.queue_id)
        and (
            query.client in ("", message.client_address)
            or query.client.lower() in message.client_name.lower()
        )
        and query.blocked in (None, message.blocked)
    )
