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

ADD_DELIVERIES = (
    "INSERT INTO rateguard_outbox"
    " (event_id, notifier, kind, sender, payload, since, due_at) VALUES {rows:7}"
)

_DELIVERY = (
    "SELECT id, event_id, notifier, kind, payload, attempts, since, due_at,"
    " state, finished_at, error FROM rateguard_outbox"
)

DUE_DELIVERIES = (
    _DELIVERY + " WHERE notifier = {p} AND state = 0 AND due_at <= {p}"
    " ORDER BY attempts, due_at, id LIMIT {p}"
)
"""
Read without locks: whoever wants one takes it with ``CLAIM_DELIVERY``.
"""

CLAIM_DELIVERY = (
    "UPDATE rateguard_outbox SET attempts = attempts + 1, due_at = {p}"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)
"""
Changes one row, or none if somebody else was faster.
"""

END_DELIVERY = (
    "UPDATE rateguard_outbox SET state = 1, finished_at = {p}"
    " WHERE id = {p} AND state <> 1"
)

POSTPONE_DELIVERY = (
    "UPDATE rateguard_outbox SET due_at = {p}, error = {p}"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)
"""
Only by whom the lease belongs to. Its end alone does not say it: somebody
else's may end in the same second.
"""

GIVE_DELIVERY_UP = (
    "UPDATE rateguard_outbox SET state = 2, finished_at = {p}, error = {p}"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)

RELEASE_DELIVERY = (
    "UPDATE rateguard_outbox SET due_at = {p}, attempts = attempts - 1"
    " WHERE id = {p} AND state = 0 AND due_at = {p} AND attempts = {p}"
)

NEXT_DELIVERY = (
    "SELECT MIN(due_at) FROM rateguard_outbox WHERE notifier = {p} AND state = 0"
)

UNFINISHED_DELIVERIES = _DELIVERY + " WHERE state <> 1 ORDER BY id DESC LIMIT {p}"

UNFINISHED_IDS = "SELECT id FROM rateguard_outbox WHERE state <> 1 ORDER BY id"

RETRY_DELIVERY = (
    "UPDATE rateguard_outbox SET state = 0, finished_at = NULL, since = {p},"
    " due_at = {p} WHERE id = {p} AND state <> 1"
)

UNFINISHED_DELIVERY = (
    "SELECT COUNT(*) FROM rateguard_outbox WHERE id = {p} AND state <> 1"
)
"""
Asked after ``RETRY_DELIVERY``, since MySQL does not count a row that it
leaves as it was.
"""

OLD_DELIVERIES = (
    "SELECT id FROM rateguard_outbox WHERE state <> 0 AND finished_at < {p}"
    " ORDER BY id LIMIT {p}"
)

DELETE_DELIVERIES = "DELETE FROM rateguard_outbox WHERE id IN ({many})"

LATEST_MESSAGE = "SELECT MAX(id) FROM messages"

RECENT_MESSAGES = (
    "SELECT msgid, client_address, client_name, rcpt_count, blocked, created_at"
    " FROM messages WHERE id > {p}"
    " AND ratelimit_id = (SELECT id FROM ratelimits WHERE sender = {p})"
    " ORDER BY id DESC LIMIT {p}"
)
"""
Known by the row of the sender, not by the name: in a table that
policyd-rate-guard made, names are compared without accents and case.
"""

APPLIED_MIGRATIONS = "SELECT migration_id FROM _yoyo_migration"
"""
What yoyo has recorded, also by another program in the same database.
"""
