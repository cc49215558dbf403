"""What operators ask, and what they are told. Times are aware UTC throughout."""

from __future__ import annotations

import datetime as dt
import enum

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import OrderRefused


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


PAGED_BY_SENDER = frozenset({SenderSort.RECIPIENTS, SenderSort.SENDER})
"""The orders in which a page may begin after a sender."""


@attrs.frozen
class SenderQuery:
    """
    Attributes:
        containing: Only names with this in them; ``""`` is in all.
        beginning: Only names that begin so.
        domain: Only names that end in an at sign and this; ``""`` is all.
        quota: Only those with this quota, as it is kept.
        over_quota, suspended, locked, raised: True has only those, False only
            the others, None both.
        after: The page begins behind this sender, the last one of the page
            before; ``""`` begins with the first. Behind the place that it has
            now: counters move, names do not.
        offset, limit: The page: skip so many, then so many.

    Raises:
        OrderRefused: *after* a sender in an order that is not paged by it.
    """

    containing: str = ""
    beginning: str = ""
    domain: str = ""
    quota: int | None = None
    over_quota: bool | None = None
    suspended: bool | None = None
    locked: bool | None = None
    raised: bool | None = None
    sort: SenderSort = SenderSort.RECIPIENTS
    after: str = ""
    offset: int = 0
    limit: int = 50

    def __attrs_post_init__(self) -> None:
        if self.after and self.sort not in PAGED_BY_SENDER:
            sort = self.sort.value.replace("_", "-")
            raise OrderRefused(
                "a page can start after a sender only if sorted by recipients or"
                f" sender; with --sort {sort}, use --offset"
            )


@attrs.frozen
class SenderEntry:
    """
    A sender as the store has it.

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
        after: The page begins behind the message with this id, the last one of
            the page before; None begins with the newest.
        since: No messages before; looking far back takes long.
        until: None is now.
    """

    since: dt.datetime
    until: dt.datetime | None = None
    sender: str = ""
    client: str = ""
    queue_id: str = ""
    blocked: bool | None = None
    after: int | None = None
    limit: int = 50


@attrs.frozen
class LoggedMessage:
    """
    One judged message.

    Attributes:
        id: The store's own. Later messages have greater ones.
    """

    at: dt.datetime
    queue_id: str
    sender: str
    client_address: str
    client_name: str
    recipients: int
    blocked: bool
    from_address: str
    to_address: str
    id: int


@attrs.frozen
class Traffic:
    """
    How much was asked to be sent.

    Attributes:
        messages, recipients: All of it.
        blocked: Messages of these that were not admitted.
    """

    messages: int
    recipients: int
    blocked: int

    @property
    def accepted(self) -> int:
        return self.messages - self.blocked


@attrs.frozen
class Client:
    """An address from which a sender sends."""

    address: str
    name: str
    traffic: Traffic
    first_at: dt.datetime
    last_at: dt.datetime


@attrs.frozen
class Totals:
    """
    Attributes:
        over_quota: Senders that have asked for more than their quota.
        of_quota: Senders that have the quota that was asked about, without a raise.
    """

    senders: int
    over_quota: int
    suspended: int
    of_quota: int


@attrs.frozen
class CommonQuota:
    """
    The quota that more senders have than any other, without a raise.

    Attributes:
        senders: How many have it.
    """

    quota: int
    senders: int


@attrs.frozen
class Seen:
    """
    What a store shows from outside. Times are aware UTC; None is never.

    Attributes:
        clock: The server's time.
        reset_at: When the last reset began.
        first_sender_at: When the oldest sender was seen first.
        last_message_at: When the newest message was judged.
    """

    clock: dt.datetime | None
    reset_at: dt.datetime | None
    first_sender_at: dt.datetime | None
    last_message_at: dt.datetime | None

    @property
    def counting_since(self) -> dt.datetime | None:
        """When counters were reset last; before that, when the first one began."""
        return self.reset_at or self.first_sender_at


RESET_EVERY = dt.timedelta(hours=25)
"""A day, and the hour by which clocks are set back."""


def reset_overdue(counting_since: dt.datetime | None, at: dt.datetime) -> bool:
    """
    Whether a reset should have begun since *counting_since*: the last one, or, if
    there was none, the first sender; None before that.
    """
    return counting_since is not None and at - counting_since > RESET_EVERY
