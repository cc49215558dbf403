"""
Senders as rows of a table.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence

from rateguard.domain.reports import SenderEntry
from rateguard.entrypoints.display.table import Column, Row, Table, Zone, named, number
from rateguard.entrypoints.display.texts import local_time


KEYS = (
    *("sender", "quota", "quota_in_force", "quota_reset"),
    *("messages", "recipients", "share", "messages_total", "recipients_total"),
    *("over_quota", "suspended", "locked", "raised_quota", "raised_until"),
    *("created_at", "changed_at"),
)
_EMPTY = 0
_FULL = 100


def row_of(entry: SenderEntry, at: dt.datetime) -> Row:
    """
    Return what is told of a sender. The share is in percent of the quota in
    force, rounded down.
    """
    counter = entry.counter
    policy, force = counter.policy, counter.in_force(at)
    raised = policy.raised if policy.raised and policy.raised.holds(at) else None
    return {
        "sender": counter.sender,
        "quota": policy.quota,
        "quota_in_force": force.policy.quota,
        "quota_reset": policy.quota_reset,
        "messages": counter.messages,
        "recipients": counter.recipients,
        "share": share(max(counter.messages, counter.recipients), force.policy.quota),
        "messages_total": counter.messages_total,
        "recipients_total": counter.recipients_total,
        "over_quota": force.over_quota,
        "suspended": policy.suspended,
        "locked": policy.locked,
        "raised_quota": raised.quota if raised else None,
        "raised_until": raised.until if raised else None,
        "created_at": entry.created_at,
        "changed_at": entry.changed_at,
    }


def share(used: int, quota: int) -> int:
    """
    Return used in percent of the quota; a quota of nothing is full once
    anything was asked.
    """
    if quota:
        return used * 100 // quota
    return _FULL if used else _EMPTY


def state(row: Row, zone: Zone = None) -> str:
    """
    Return what is out of the ordinary with a sender.
    """
    words = [word for word in ("suspended", "over quota", "locked") if _is(row, word)]
    if row["raised_quota"] is not None:
        until = row["raised_until"]
        end = local_time(until, zone) if until else "the reset"
        words.append(f"raised until {end}")
    return ", ".join(words)


def _is(row: Row, word: str) -> bool:
    return bool(row[word.replace(" ", "_")])


def colour(row: Row) -> str:
    """
    Return the colour of a sender who needs attention.
    """
    if row["suspended"] or row["over_quota"]:
        return "red"
    return "yellow" if row["raised_quota"] is not None else ""


SHARE = Column("used", lambda row: f"{row['share']} %", right=True, style=colour)
STATE = Column("state", state, style=colour)

COLUMNS = (
    named("sender", "sender"),
    number("recipients", "recipients"),
    number("messages", "messages"),
    number("quota", "quota_in_force"),
    SHARE,
    number("recipients ever", "recipients_total"),
    STATE,
)


def sender_table(entries: Sequence[SenderEntry], at: dt.datetime) -> Table:
    """
    Return a table of senders.
    """
    rows = [row_of(entry, at) for entry in entries]
    return Table(KEYS, COLUMNS, rows, "no such senders")
