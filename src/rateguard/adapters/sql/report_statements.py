"""
The statements of the reports. ``Dialect.sql`` fills the braces.
"""

from __future__ import annotations

from rateguard.domain.reports import SenderSort


QUOTA_IN_FORCE = (
    "CASE WHEN raised_quota IS NOT NULL"
    " AND (raised_until IS NULL OR raised_until > {p})"
    " THEN raised_quota ELSE quota END"
)
"""
Takes one value: now.
"""

MOST_USED = (
    "CASE WHEN msg_counter > rcpt_counter THEN msg_counter ELSE rcpt_counter END"
)

OVER_QUOTA = f"{MOST_USED} > {QUOTA_IN_FORCE}"
"""
Takes one value: now.
"""

_ENTRY = (
    "sender, created_at, updated_at, quota, quota_reset, quota_locked,"
    " suspended, raised_quota, raised_until,"
    " msg_counter, rcpt_counter, msg_total, rcpt_total"
)

SENDERS = f"SELECT {_ENTRY} FROM ratelimits"  # noqa: S608

SENDERS_IN_PART = f"SELECT %s AS sort_key, id, {_ENTRY} FROM ratelimits{{by_id}}"  # noqa: S608
"""
With what they are sorted by, to be put together with those of other parts.
"""

SENDER_IDS = "SELECT MIN(id), MAX(id) FROM ratelimits"

ID_RANGE = "id >= {p} AND id < {p}"
"""
A part of a table.
"""

FIRST = " LIMIT {p}"

PAGE = " LIMIT {p} OFFSET {p}"

LATER_PAGE = (
    f"{SENDERS} JOIN (SELECT id AS page_id FROM ratelimits%s) AS page ON id = page_id"  # noqa: S608
)
"""
For a page far behind: what is skipped is sorted by id alone.
"""

BEGINNING = "sender >= {p} AND sender < {p}"
"""
Found by the index of the senders, as LIKE is not in SQLite.
"""

CONTAINING = "sender LIKE {p} ESCAPE '!'"

RAISED = "(raised_quota IS NOT NULL AND (raised_until IS NULL OR raised_until > {p}))"
"""
Takes one value: now.
"""

# A quota of 0 of which anything was asked is the fullest of all.
_SHARE = (
    f"{MOST_USED} * 1e0 / CASE WHEN ({QUOTA_IN_FORCE}) = 0 THEN 0.0001"
    f" ELSE ({QUOTA_IN_FORCE}) END"
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

COUNTED = (
    "SELECT COUNT(CASE WHEN %(key)s > {p} THEN 1 END),"
    " COUNT(CASE WHEN %(key)s = {p} THEN 1 END),"
    " COUNT(CASE WHEN %(key)s < {p} AND %(key)s > {p} THEN 1 END),"
    " COUNT(CASE WHEN %(key)s = {p} THEN 1 END),"
    " GROUP_CONCAT(CASE WHEN %(key)s < {p} AND %(key)s > {p} THEN %(keyed)s END)"
    " FROM ratelimits{by_id}"
)
"""
How many have a key above, at, and between two values and at the lower one, and
those between.
"""

KEYED_NUMBER = "{keyed_number:%s}"

KEYED_TIME = "{keyed_time:%s}"
"""
A key and an id as one text.
"""

PART_IDS = "SELECT id FROM ratelimits{by_id}"

THESE_SENDERS = f"SELECT id, {_ENTRY} FROM ratelimits WHERE id IN ({{many}})"  # noqa: S608

TOTALS = (
    f"SELECT COUNT(*), COUNT(CASE WHEN {OVER_QUOTA} THEN 1 END),"  # noqa: S608
    " COUNT(CASE WHEN suspended <> 0 THEN 1 END) FROM ratelimits{by_id}"
)

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
"""
The id up to which to look for messages until a time.
"""

MESSAGES = (
    "SELECT created_at, msgid, sender, client_address, client_name, rcpt_count,"
    " blocked, from_addr, to_addr FROM messages WHERE created_at >= {p}"
)

NEWEST = " ORDER BY id DESC LIMIT {p}"

UNTIL = "created_at < {p}"

# Long queue ids of Postfix differ by case alone; some collations do not mind.
QUEUE_ID = "{text:msgid} = {p} AND HEX({text:msgid}) = HEX({p})"

CLIENT = "({text:client_address} = {p} OR {text:client_name} LIKE {p} ESCAPE '!')"

OF_NAME = "sender = {p}"

OF_NOBODY = (
    "(ratelimit_id IS NULL AND {text:sender} = {p} AND HEX({text:sender}) = HEX({p}))"
)
"""
Messages of a sender who was removed since. Takes his name twice.
"""

OF_ROW = f"(ratelimit_id = {{p}} OR {OF_NOBODY})"
"""
Takes the row of a sender and twice his name.
"""

CLIENTS = (
    "SELECT client_address, MAX(client_name), COUNT(*), SUM(rcpt_count),"
    " SUM(blocked), MAX(created_at) FROM messages WHERE id >= {p} AND created_at >= {p}"
)

BUSIEST = " GROUP BY client_address ORDER BY COUNT(*) DESC, client_address LIMIT {p}"

# By the name that the sender has in his row: names of messages may be equal to a
# collation where senders are not. All but the names is in the index over times.
BLOCKED = (
    "SELECT name, SUM(messages) AS blocked, SUM(recipients) FROM"
    " (SELECT COALESCE(ratelimits.sender,"
    " (SELECT sender FROM messages WHERE id = one)) AS name, messages, recipients"
    " FROM (SELECT ratelimit_id, MIN(id) AS one, COUNT(*) AS messages,"
    " SUM(rcpt_count) AS recipients FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND ratelimit_id IS NOT NULL"
    " GROUP BY ratelimit_id) AS counted"
    " LEFT JOIN ratelimits ON ratelimits.id = ratelimit_id"
    " UNION ALL SELECT sender, COUNT(*), SUM(rcpt_count) FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND ratelimit_id IS NULL"
    " GROUP BY sender) AS named"
    " GROUP BY name ORDER BY blocked DESC, name LIMIT {p}"
)

NEWEST_TIME = "SELECT MAX(created_at) FROM messages"

MINUTES = (
    "SELECT {minute} AS minute, COUNT(*), SUM(rcpt_count), SUM(blocked)"
    " FROM messages WHERE created_at >= {p}"
)

BY_MINUTE = " GROUP BY minute ORDER BY minute"
