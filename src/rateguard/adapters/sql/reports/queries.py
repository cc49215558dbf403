"""From what is asked to what a row has to fulfil."""

from __future__ import annotations

import re

from collections.abc import Iterator
from typing import Any

from rateguard.adapters.sql.dialect import as_text
from rateguard.domain.reports import MessageQuery, SenderQuery, SenderSort


Condition = tuple[str, list[Any]]
"""What a row has to fulfil, and the values in it."""


_ANY_TEXT = re.compile(r"\{text:(\w+)\}")

_LAST = "\U0010ffff"
"""Sorts behind all that a name has."""


def of_senders(query: SenderQuery, now: str) -> Iterator[Condition]:
    """Yield what the senders have to fulfil."""
    if query.containing:
        yield CONTAINING, [_containing(query.containing)]
    if query.beginning:
        yield BEGINNING, [query.beginning, query.beginning + _LAST]
    for wanted, condition, values in (
        (query.over_quota, OVER_QUOTA, [now]),
        (query.suspended, "suspended <> 0", []),
        (query.locked, "quota_locked <> 0", []),
        (query.raised, RAISED, [now]),
    ):
        if wanted is not None:
            yield (condition if wanted else f"NOT ({condition})"), values


def of_messages(query: MessageQuery) -> Iterator[Condition]:
    """Yield what the messages have to fulfil, but for time and sender."""
    if query.until is not None:
        yield UNTIL, [as_text(query.until)]
    if query.queue_id:
        condition = _comparing(QUEUE_ID, query.queue_id)
        yield condition, [query.queue_id, query.queue_id]
    if query.client:
        yield CLIENT, [query.client, _containing(query.client)]
    if query.blocked is not None:
        yield ("blocked <> 0" if query.blocked else "blocked = 0"), []


def where(
    statement: str, conditions: list[Condition], values: list[Any] | None = None
) -> Condition:
    """
    Return the statement with the conditions, the first one ``WHERE`` unless
    the statement, which takes *values*, has one.
    """
    values = list(values or [])
    for condition, more in conditions:
        statement += " AND " if " WHERE " in statement else " WHERE "
        statement += condition
        values += more
    return statement, values


def _comparing(condition: str, text: str) -> str:
    """
    Return the condition over columns as they are where *text* is ASCII, which
    every character set has: to convert a column takes longer than to read it.
    Only for what is held against each byte: collations differ.
    """
    return _ANY_TEXT.sub(r"\1", condition) if text.isascii() else condition


def _containing(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return f"%{text}%"


QUOTA_IN_FORCE = (
    "CASE WHEN raised_quota IS NOT NULL"
    " AND (raised_until IS NULL OR raised_until > {p})"
    " THEN raised_quota ELSE quota END"
)
"""Takes one value: now."""

MOST_USED = (
    "CASE WHEN msg_counter > rcpt_counter THEN msg_counter ELSE rcpt_counter END"
)

OVER_QUOTA = f"{MOST_USED} > {QUOTA_IN_FORCE}"
"""Takes one value: now."""

_ENTRY = (
    "sender, created_at, updated_at, quota, quota_reset, quota_locked,"
    " suspended, raised_quota, raised_until,"
    " msg_counter, rcpt_counter, msg_total, rcpt_total"
)

SENDERS = f"SELECT {_ENTRY} FROM ratelimits"  # noqa: S608

SENDERS_IN_PART = f"SELECT %s AS sort_key, id, {_ENTRY} FROM ratelimits{{by_id}}"  # noqa: S608
"""With what they are sorted by, to be put together with those of other parts."""

# Not both in one: SQLite would read the whole table.
SENDER_IDS = "SELECT (SELECT MIN(id) FROM ratelimits), (SELECT MAX(id) FROM ratelimits)"

ID_RANGE = "id >= {p} AND id < {p}"
"""A part of a table."""

FIRST = " LIMIT {p}"

PAGE = " LIMIT {p} OFFSET {p}"

LATER_PAGE = (
    f"{SENDERS} JOIN (SELECT id AS page_id FROM ratelimits%s) AS page ON id = page_id"  # noqa: S608
)
"""For a page far behind: what is skipped is sorted by id alone."""

BEGINNING = "sender >= {p} AND sender < {p}"
"""Found by the index of the senders, as LIKE is not in SQLite."""

CONTAINING = "sender LIKE {p} ESCAPE '!'"

RAISED = "(raised_quota IS NOT NULL AND (raised_until IS NULL OR raised_until > {p}))"
"""Takes one value: now."""

# A quota of 0 of which anything was asked is the fullest of all. Few are raised:
# the others are not to pay for it.
_SHARE = (
    f"CASE WHEN quota > 0 AND raised_quota IS NULL THEN {MOST_USED} * 1e0 / quota"
    f" ELSE {MOST_USED} * 1e0 / CASE WHEN ({QUOTA_IN_FORCE}) = 0 THEN 0.0001"
    f" ELSE ({QUOTA_IN_FORCE}) END END"
)

SORT_KEYS = {
    SenderSort.SENDER: "sender",
    SenderSort.MESSAGES: "msg_counter",
    SenderSort.RECIPIENTS: "rcpt_counter",
    SenderSort.MESSAGES_TOTAL: "msg_total",
    SenderSort.RECIPIENTS_TOTAL: "rcpt_total",
    SenderSort.QUOTA: QUOTA_IN_FORCE,
    SenderSort.SHARE: _SHARE,
    SenderSort.CHANGED: "updated_at",
}

# Not by name among equals: MySQL pads names to a kilobyte each to sort them.
ORDERS = {
    sort: f"{key} DESC, id" if sort is not SenderSort.SENDER else key
    for sort, key in SORT_KEYS.items()
}

SOME_KEYS = "SELECT %s FROM ratelimits"

DIVIDED = (
    "SELECT COUNT(*), SUM(%(key)s > {p}), SUM(%(key)s >= {p}),"
    " GROUP_CONCAT(CASE WHEN %(key)s < {p} AND %(key)s > {p} THEN %(keyed)s END)"
    " FROM ratelimits{by_id}"
)
"""
Of those from a value on: how many have a key above another one, or at least
that; and who is between.
"""

KEYED_NUMBER = "{keyed_number:%s}"

KEYED_TIME = "{keyed_time:%s}"
"""A key and an id as one text."""

PART_IDS = "SELECT id FROM ratelimits{by_id}"

THESE_SENDERS = f"SELECT id, {_ENTRY} FROM ratelimits WHERE id IN ({{many}})"  # noqa: S608

TOTALS = (
    f"SELECT COUNT(*), COUNT(CASE WHEN {OVER_QUOTA} THEN 1 END),"  # noqa: S608
    " COUNT(CASE WHEN suspended <> 0 THEN 1 END) FROM ratelimits{by_id}"
)

OF_NAME = "sender = {p}"


SENDER_ID = "SELECT id FROM ratelimits WHERE sender = {p}"

FIRST_SINCE = (
    "SELECT MIN(id) FROM (SELECT id FROM messages WHERE created_at >= {p}"
    " ORDER BY created_at LIMIT 1000) AS earliest"
)
"""
The id from which on to look for messages since a time. Ids follow time but
for writers side by side, hence the least of the first thousand.
"""

LAST_UNTIL = (
    "SELECT MAX(id) FROM (SELECT id FROM messages WHERE created_at < {p}"
    " ORDER BY created_at DESC LIMIT 1000) AS latest"
)
"""The id up to which to look for messages until a time."""

_MESSAGE = (
    "created_at, msgid, sender, client_address, client_name, rcpt_count,"
    " blocked, from_addr, to_addr"
)

MESSAGES = f"SELECT {_MESSAGE} FROM messages WHERE created_at >= {{p}}"  # noqa: S608

MESSAGE_IDS = "SELECT id FROM messages{not_by_time} WHERE created_at >= {p}"
"""
Less is read of each than in the whole. In the order of ids, or over an index that an
operator has added for what he searches.
"""

THESE_MESSAGES = f"SELECT id, {_MESSAGE} FROM messages WHERE id IN ({{many}})"  # noqa: S608

NEWEST = " ORDER BY id DESC LIMIT {p}"

UNTIL = "created_at < {p}"

# Long queue ids of Postfix differ by case alone; some collations do not mind.
QUEUE_ID = "{text:msgid} = {p} AND HEX({text:msgid}) = HEX({p})"

CLIENT = "({text:client_address} = {p} OR {text:client_name} LIKE {p} ESCAPE '!')"

OF_NOBODY = (
    "(ratelimit_id IS NULL AND {text:sender} = {p} AND HEX({text:sender}) = HEX({p}))"
)
"""Messages of a sender who was removed since. Takes his name twice."""

OF_ROW = f"(ratelimit_id = {{p}} OR {OF_NOBODY})"
"""Takes the row of a sender and twice his name."""

CLIENTS = (
    "SELECT client_address, MAX(client_name), COUNT(*), SUM(rcpt_count),"
    " SUM(blocked), MAX(created_at) FROM messages WHERE id >= {p} AND created_at >= {p}"
)

ROWS_OF_SENDER = (
    "SELECT COUNT(*) FROM messages WHERE id >= {p}"
    " AND ratelimit_id = (SELECT id FROM ratelimits WHERE sender = {p})"
)
"""Only where there is an index over the senders of messages."""

READ = "SELECT SUM(LENGTH(client_address)), SUM(blocked) FROM messages"
"""Reads rows, and answers next to nothing."""

BUSIEST = " GROUP BY client_address ORDER BY COUNT(*) DESC, client_address LIMIT {p}"

MOST_BLOCKED = (
    "SELECT COUNT(*) AS blocked FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND ratelimit_id IS NOT NULL"
    " GROUP BY ratelimit_id ORDER BY blocked DESC LIMIT 1 OFFSET {p}"
)
"""How many the last of the first senders has: who has fewer is not among them."""

# By the name that the sender has in his row: names of messages may be equal to a
# collation where senders are not. All but the names is in the index over times, and
# names lie apart: only those of the first are read, and of who was removed and is here
# again, whose messages add up. COALESCE, or a server walks the index of senders.
BLOCKED = (
    "SELECT name, SUM(messages) AS blocked, SUM(recipients) FROM"
    " (SELECT COALESCE(ratelimits.sender,"
    " (SELECT sender FROM messages WHERE id = one)) AS name, messages, recipients"
    " FROM (SELECT ratelimit_id, MIN(id) AS one, COUNT(*) AS messages,"
    " SUM(rcpt_count) AS recipients FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND ratelimit_id IS NOT NULL"
    " GROUP BY ratelimit_id"
    " HAVING COUNT(*) >= {p} OR ratelimit_id IN (SELECT id FROM ratelimits"
    " WHERE sender IN (SELECT {text:sender} FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND COALESCE(ratelimit_id, 0) = 0)))"
    " AS counted"
    " LEFT JOIN ratelimits ON ratelimits.id = ratelimit_id"
    " UNION ALL SELECT sender, COUNT(*), SUM(rcpt_count) FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND COALESCE(ratelimit_id, 0) = 0"
    " GROUP BY sender) AS named"
    " GROUP BY name ORDER BY blocked DESC, name LIMIT {p}"
)

NEWEST_TIME = "SELECT MAX(created_at) FROM messages"

MINUTES = (
    "SELECT {minute} AS minute, COUNT(*), SUM(rcpt_count), SUM(blocked)"
    " FROM messages WHERE created_at >= {p}"
)

BY_MINUTE = " GROUP BY minute ORDER BY minute"
