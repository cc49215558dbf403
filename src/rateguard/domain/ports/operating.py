"""
What operators see and leave behind.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from typing import Protocol

from rateguard.domain.history import Change
from rateguard.domain.reports import (
    Client,
    LoggedMessage,
    MessageQuery,
    SenderEntry,
    SenderQuery,
    Totals,
    Traffic,
)


class History(Protocol):
    """
    What operators did, inside one unit of work.
    """

    def add(self, changes: Sequence[Change]) -> None:
        """
        Keep these. Texts too long for the store are cut, never refused.
        """

    def find(self, *, sender: str = "", limit: int) -> list[Change]:
        """
        Return changes, newest first: of one sender, or of all.
        """


class Reports(Protocol):
    """
    Looks at everything, changes nothing. Best in a reading unit, which makes
    nobody wait.
    """

    def senders(self, query: SenderQuery, *, at: dt.datetime) -> list[SenderEntry]:
        """
        Return one page of senders; over quota is who is so by the quota in
        force at *at*.
        """

    def sender(self, sender: str) -> SenderEntry | None:
        """
        Return one sender.
        """

    def totals(self, *, at: dt.datetime) -> Totals:
        """
        Count the senders.
        """

    def messages(self, query: MessageQuery) -> list[LoggedMessage]:
        """
        Return messages, newest first.
        """

    def clients(self, sender: str, *, since: dt.datetime, limit: int) -> list[Client]:
        """
        Return where a sender sends from, the busiest first.
        """

    def blocked(self, *, since: dt.datetime, limit: int) -> list[tuple[str, Traffic]]:
        """
        Return the senders with the most messages that were not admitted, and
        how many; their traffic counts nothing else.
        """

    def minutes(self, *, since: dt.datetime) -> list[tuple[dt.datetime, Traffic]]:
        """
        Return traffic by the minute in which it was judged, oldest first;
        minutes without any are left out.
        """
