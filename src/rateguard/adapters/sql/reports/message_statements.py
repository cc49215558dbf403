"""
The statements of the reports over ``messages``.
"""

from __future__ import annotations


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

ROWS_OF_SENDER = (
    "SELECT COUNT(*) FROM messages WHERE id >= {p}"
    " AND ratelimit_id = (SELECT id FROM ratelimits WHERE sender = {p})"
)
"""
Only where there is an index over the senders of messages.
"""

READ = "SELECT SUM(LENGTH(client_address)), SUM(blocked) FROM messages"
"""
Reads rows, and answers next to nothing.
"""

BUSIEST = " GROUP BY client_address ORDER BY COUNT(*) DESC, client_address LIMIT {p}"

MOST_BLOCKED = (
    "SELECT COUNT(*) AS blocked FROM messages"
    " WHERE created_at >= {p} AND blocked <> 0 AND ratelimit_id IS NOT NULL"
    " GROUP BY ratelimit_id ORDER BY blocked DESC LIMIT 1 OFFSET {p}"
)
"""
How many the last of the first senders has: who has fewer is not among them.
"""

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
