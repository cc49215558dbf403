"""
What a mail tells, as the variables of its template.
"""

from __future__ import annotations

import datetime as dt
import shlex

from collections.abc import Sequence
from typing import Any

import attrs

from rateguard.adapters.notify.escaped import escaped
from rateguard.domain.notice import Notice, SentMessage


MAX_QUEUE_IDS = 5


@attrs.define
class Client:
    """
    An address that messages came from.

    Attributes:
        last: When the newest of them came, local time.
    """

    address: str
    name: str
    messages: int
    last: str


def facts(
    notice: Notice, *, to_sender: bool, zone: dt.tzinfo | None = None
) -> dict[str, Any]:
    """
    Return the variables. Texts are escaped: each is one line, whatever
    strangers sent. The same names for every event and every reader: the
    sender, if *to_sender*, or the operators. Times are those of *zone*, by
    default the local one.
    """
    event = notice.event
    submission, counter = event.submission, event.counter
    quota = counter.policy.quota
    used = max(counter.messages, counter.recipients)
    since = notice.counted_since
    return {
        "event": event.kind,
        "event_id": escaped(notice.event_id),
        "to_sender": to_sender,
        "sender": escaped(submission.sender),
        "messages": counter.messages,
        "recipients": counter.recipients,
        "used": used,
        "quota": quota,
        "quota_reset": counter.policy.quota_reset,
        "share": used * 100 // quota if quota else 100,
        "at": _shown(event.at, zone),
        "counted_since": "" if since is None else _shown(since, zone),
        "resets_at": _shown(_next_midnight(event.at, zone), zone),
        "queue_id": escaped(submission.queue_id),
        "client_address": escaped(submission.client_address),
        "client_name": escaped(submission.client_name),
        "from_address": escaped(submission.from_address),
        "recent_messages": len(notice.recent),
        "addresses": _clients(notice.recent, zone),
        "queue_ids": _queue_ids(notice.recent),
        "raise_quota": "" if to_sender else raise_quota(submission.sender),
    }


def raise_quota(sender: str) -> str:
    """
    Return the command that raises the quota of *sender* to N until the next
    reset, on one line, for a shell; ``""`` if it cannot be written for one.
    """
    if "\0" in sender:
        return ""
    if sender.isprintable():
        name = shlex.quote(sender)
    else:
        # What cannot be shown as it is; bash, zsh and ksh understand it.
        try:
            octets = sender.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return ""
        name = "$'" + "".join(f"\\x{octet:02x}" for octet in octets) + "'"
    end_of_options = "-- " if sender.startswith("-") else ""
    return f"rateguard sender raise --quota N {end_of_options}{name}"


def _clients(recent: Sequence[SentMessage], zone: dt.tzinfo | None) -> list[Client]:
    found: dict[str, Client] = {}
    for message in recent:
        client = found.get(message.client_address)
        if client is None:
            found[message.client_address] = Client(
                escaped(message.client_address),
                escaped(message.client_name),
                1,
                _shown(message.at, zone),
            )
        else:
            client.messages += 1
    return list(found.values())


def _queue_ids(recent: Sequence[SentMessage]) -> list[str]:
    found = dict.fromkeys(each.queue_id for each in recent if each.queue_id)
    return [escaped(queue_id) for queue_id in list(found)[:MAX_QUEUE_IDS]]


def _shown(at: dt.datetime, zone: dt.tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def _next_midnight(at: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    tomorrow = at.astimezone(zone).date() + dt.timedelta(days=1)
    # Without a zone a naive time, which is a local one: its offset is looked
    # up for that night, since it may be another one than now.
    return dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone).astimezone(zone)
