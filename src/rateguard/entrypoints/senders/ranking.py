"""
``rateguard sender top``.
"""

from __future__ import annotations

import datetime as dt
import enum

from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import SenderQuery, SenderSort
from rateguard.entrypoints.cleanup import start_of_day
from rateguard.entrypoints.display.table import Table
from rateguard.entrypoints.senders.logged import blocked_table
from rateguard.entrypoints.senders.rows import sender_table


class Rank(enum.Enum):
    """
    By what senders are ranked.
    """

    RECIPIENTS = "recipients"
    MESSAGES = "messages"
    TOTAL = "total"
    BLOCKED = "blocked"
    SHARE = "share"


_SORTS = {
    Rank.RECIPIENTS: SenderSort.RECIPIENTS,
    Rank.MESSAGES: SenderSort.MESSAGES,
    Rank.TOTAL: SenderSort.RECIPIENTS_TOTAL,
    Rank.SHARE: SenderSort.SHARE,
}


def ranked(unit: UnitOfWork, rank: Rank, *, limit: int, at: dt.datetime) -> Table:
    """
    Return a table of those before all others; by blocked messages since the
    local midnight.
    """
    if rank is not Rank.BLOCKED:
        query = SenderQuery(sort=_SORTS[rank], limit=limit)
        return sender_table(unit.reports.senders(query, at=at), at)
    blocked = unit.reports.blocked(since=start_of_day(at.astimezone()), limit=limit)
    found = [(unit.reports.sender(name), name, traffic) for name, traffic in blocked]
    return blocked_table(found, at)
