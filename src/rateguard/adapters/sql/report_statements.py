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

SENDERS = (
    "SELECT sender, created_at, updated_at, quota, quota_reset, quota_locked,"
    " suspended, raised_quota, raised_until,"
    " msg_counter, rcpt_counter, msg_total, rcpt_total FROM ratelimits"
)

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

# Not by name among equals: MySQL pads names to a kilobyte each to sort them.
ORDERS = {
    SenderSort.SENDER: "sender",
    SenderSort.MESSAGES: "msg_counter DESC, id",
    SenderSort.RECIPIENTS: "rcpt_counter DESC, id",
    SenderSort.MESSAGES_TOTAL: "msg_total DESC, id",
    SenderSort.RECIPIENTS_TOTAL: "rcpt_total DESC, id",
    SenderSort.QUOTA: f"{QUOTA_IN_FORCE} DESC, id",
    SenderSort.SHARE: f"{_SHARE} DESC, id",
    SenderSort.CHANGED: "updated_at DESC, id",
}

TOTALS = (
    f"SELECT COUNT(*), COUNT(CASE WHEN {OVER_QUOTA} THEN 1 END),"  # noqa: S608
    " COUNT(CASE WHEN suspended <> 0 THEN 1 END) FROM ratelimits"
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

MESSAGES = (
    "SELECT created_at, msgid, sender, client_address, client_name, rcpt_count,"
    " blocked, from_addr, to_addr FROM messages WHERE id >= {p} AND created_at >= {p}"
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
# collation where senders are not.
BLOCKED = (
    "SELECT COALESCE(ratelimits.sender, counted.sender) AS name,"
    " SUM(messages) AS blocked, SUM(recipients) FROM"
    " (SELECT ratelimit_id, sender, COUNT(*) AS messages,"
    " SUM(rcpt_count) AS recipients FROM messages"
    " WHERE id >= {p} AND created_at >= {p} AND blocked <> 0"
    " GROUP BY ratelimit_id, sender) AS counted"
    " LEFT JOIN ratelimits ON ratelimits.id = ratelimit_id"
    " GROUP BY name ORDER BY blocked DESC, name LIMIT {p}"
)

MINUTES = (
    "SELECT {minute} AS minute, COUNT(*), SUM(rcpt_count), SUM(blocked)"
    " FROM messages WHERE id >= {p} AND created_at >= {p}"
    " GROUP BY minute ORDER BY minute"
)
