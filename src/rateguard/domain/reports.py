"""
What an operator wants to know, and what he is told.

Times are aware UTC throughout.
"""

from __future__ import annotations

import datetime as dt
import enum

import attrs

from rateguard.domain.counter import SenderCounter


class SenderSort(enum.Enum):
    """
    By what senders are sorted; names from a to z, all else from the largest,
    those first seen before others that are equal.
    """

    SENDER = "sender"
    MESSAGES = "messages"
    RECIPIENTS = "recipients"
    MESSAGES_TOTAL = "messages_total"
    RECIPIENTS_TOTAL = "recipients_total"
    QUOTA = "quota"
    SHARE = "share"
    CHANGED = "changed"


@attrs.frozen
class SenderQuery:
    """
    Attributes:
        containing: Only names with this in them; ``""`` is in all.

        beginning: Only names that begin so.

        over_quota, suspended, locked, raised: True has only those, False only
            the others, None both.

        offset, limit: The page.
    """

    containing: str = ""
    beginning: str = ""
    over_quota: bool | None = None
    suspended: bool | None = None
    locked: bool | None = None
    raised: bool | None = None
    sort: SenderSort = SenderSort.RECIPIENTS
    offset: int = 0
    limit: int = 50


@attrs.frozen
class SenderEntry:
    """
    A sender as the store has him.

    Attributes:
        counter: Its policy is the one that is kept, not the one in force.

        created_at, changed_at: None where nobody recorded it.
    """

    counter: SenderCounter
    created_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None


@attrs.frozen
class MessageQuery:
    """
    Attributes:
        sender: Canonical key; ``""`` is everybody.

        client: An address, or a part of a host name, whose case is not minded.

        queue_id: The whole of it.

        blocked: True has only those, False only the others, None both.

        since: No messages before; looking far back takes long.

        until: None is now.
    """

    since: dt.datetime
    until: dt.datetime | None = None
    sender: str = ""
    client: str = ""
    queue_id: str = ""
    blocked: bool | None = None
    limit: int = 50


@attrs.frozen
class LoggedMessage:
    """One judged message."""

    at: dt.datetime
    queue_id: str
    sender: str
    client_address: str
    client_name: str
    recipients: int
    blocked: bool
    from_address: str
    to_address: str


@attrs.frozen
class Traffic:
    """
    How much was asked to be sent.

    Attributes:
        messages, recipients: All of it.

        blocked: Messages of these that were not admitted.
    """

    messages: int = 0
    recipients: int = 0
    blocked: int = 0


@attrs.frozen
class Client:
    """An address from which a sender sends."""

    address: str
    name: str
    traffic: Traffic
    last_at: dt.datetime


@attrs.frozen
class Totals:
    """
    Attributes:
        over_quota: Senders that have asked for more than their quota.
    """

    senders: int
    over_quota: int
    suspended: int


@attrs.frozen
class Seen:
    """
    What a store shows from outside. Times are aware UTC; None is never.

    Attributes:
        clock: The server's time.

        reset_at: When the last period began.

        first_sender_at: When the oldest sender was seen first.

        last_message_at: When the newest message was judged.
    """

    clock: dt.datetime | None
    reset_at: dt.datetime | None
    first_sender_at: dt.datetime | None
    last_message_at: dt.datetime | None
