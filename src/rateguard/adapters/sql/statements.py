"""
Every statement, by name. ``Dialect.sql`` fills the braces.
"""

from __future__ import annotations


LOCK_COUNTERS = (
    "SELECT {columns:id, sender, quota, quota_reset, quota_locked,"
    " msg_counter, rcpt_counter, msg_total, rcpt_total}"
    " FROM ratelimits{sender_index} WHERE sender IN ({many})"
    " ORDER BY sender{for_update}"
)
"""
The counters of some senders, held until the transaction ends. Always in the
order of the senders, so that two transactions never wait for each other.
"""

ADD_COUNTERS = (
    "INSERT INTO ratelimits (sender, quota, quota_reset, created_at, updated_at)"
    " VALUES {rows:5}{keep_existing}"
)
"""
Counters of new senders. Somebody else may have added them meanwhile.
"""

SAVE_COUNTERS = (
    "INSERT INTO ratelimits"
    " (id, sender, msg_counter, rcpt_counter, msg_total, rcpt_total, updated_at)"
    " VALUES {rows:7}{overwrite_counters}"
)
"""
Many counters in one statement: the rows exist and are locked, so it is always
the update that is done. Never touches the quota.
"""

RESET_BOUND = (
    "SELECT MAX(id) FROM (SELECT id FROM ratelimits WHERE id > {p}"
    " ORDER BY id LIMIT {p}) AS chunk"
)
"""
The id of the last counter of the next chunk.
"""

RESET_COUNTERS = (
    "UPDATE ratelimits SET msg_counter = 0, rcpt_counter = 0,"
    " quota = CASE WHEN quota_locked = 0 THEN quota_reset ELSE quota END,"
    " updated_at = updated_at"
    " WHERE id > {p} AND id <= {p} AND (msg_counter <> 0 OR rcpt_counter <> 0"
    " OR (quota_locked = 0 AND quota <> quota_reset))"
)
"""
A new period for one chunk. ``updated_at`` is named so that a column that
changes by itself does not.
"""

FIND_CHARGES = (
    "SELECT {columns:ratelimit_id, transaction_id, rcpt_count, blocked}"
    " FROM messages"
    " WHERE transaction_id IN ({many})"
)
"""
What was charged before for the same messages, with those of other senders
that happen to have the same transaction.
"""

ADD_MESSAGES = (
    "INSERT INTO messages (ratelimit_id, transaction_id, msgid, sender,"
    " rcpt_count, blocked, from_addr, to_addr, client_address, client_name,"
    " created_at) VALUES {rows:11}"
)

AMEND_MESSAGE = (
    "UPDATE messages SET rcpt_count = {p}, blocked = {p}, created_at = created_at"
    " WHERE transaction_id = {p} AND ratelimit_id = {p}"
)
"""
A message that grew recipients after it was asked about. ``created_at`` is
named so that a column that changes by itself does not.
"""

OLD_MESSAGES = (
    "SELECT id FROM messages WHERE created_at < {p} ORDER BY created_at LIMIT {p}"
)

DELETE_MESSAGES = "DELETE FROM messages WHERE id IN ({many})"

LATEST_RESET = (
    "SELECT id, started_at, position, finished_at FROM rateguard_resets"
    " ORDER BY id DESC LIMIT 1"
)

BEGIN_RESET = "INSERT INTO rateguard_resets (started_at, position) VALUES ({p}, 0)"

ADVANCE_RESET = (
    "UPDATE rateguard_resets SET position = {p}, finished_at = {p} WHERE id = {p}"
)

APPLIED_MIGRATIONS = "SELECT migration_id FROM _yoyo_migration"
"""
What yoyo has recorded, also by another program in the same database.
"""
