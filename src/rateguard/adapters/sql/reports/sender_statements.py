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

# Not both in one: SQLite would read the whole table.
SENDER_IDS = "SELECT (SELECT MIN(id) FROM ratelimits), (SELECT MAX(id) FROM ratelimits)"

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
"""
A key and an id as one text.
"""

PART_IDS = "SELECT id FROM ratelimits{by_id}"

THESE_SENDERS = f"SELECT id, {_ENTRY} FROM ratelimits WHERE id IN ({{many}})"  # noqa: S608

TOTALS = (
    f"SELECT COUNT(*), COUNT(CASE WHEN {OVER_QUOTA} THEN 1 END),"  # noqa: S608
    " COUNT(CASE WHEN suspended <> 0 THEN 1 END) FROM ratelimits{by_id}"
)

OF_NAME = "sender = {p}"
