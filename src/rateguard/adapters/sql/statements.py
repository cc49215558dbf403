"""Every statement, by name. ``Dialect.sql`` fills the braces."""

from __future__ import annotations


LOCK_COUNTERS = (
    "SELECT {columns:id, sender text, quota, quota_reset, quota_locked, suspended,"
    " raised_quota, raised_until time, msg_counter, rcpt_counter, msg_total,"
    " rcpt_total}"
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
"""Counters of new senders. Somebody else may have added them meanwhile."""

SAVE_COUNTERS = (
    "INSERT INTO ratelimits"
    " (id, sender, msg_counter, rcpt_counter, msg_total, rcpt_total, updated_at)"
    " VALUES {rows:7}{overwrite_counters}"
)
"""
Many counters in one statement: the rows exist and are locked, so it is always
the update that is done. Never touches the quota.
"""

SAVE_POLICY = (
    "UPDATE ratelimits SET quota = {p}, quota_reset = {p}, quota_locked = {p},"
    " suspended = {p}, raised_quota = {p}, raised_until = {p},"
    " updated_at = updated_at WHERE id = {p}"
)

LET_GO = (
    "UPDATE messages SET ratelimit_id = NULL, created_at = created_at"
    " WHERE id > {p} AND ratelimit_id IN ({many})"
)
"""
Messages of senders that are about to be removed. ``created_at`` is named so
that a column that changes by itself does not.
"""

LET_GO_BOUND = (
    "SELECT MAX(id) FROM (SELECT id FROM messages WHERE id > {p}"
    " ORDER BY id LIMIT {p}) AS chunk"
)

LET_GO_CHUNK = (
    "UPDATE messages SET ratelimit_id = NULL, created_at = created_at"
    " WHERE id > {p} AND id <= {p}"
    " AND ratelimit_id = (SELECT id FROM ratelimits WHERE sender = {p})"
)

REMOVE_COUNTERS = "DELETE FROM ratelimits WHERE id IN ({many})"

RESET_BOUND = (
    "SELECT MAX(id) FROM (SELECT id FROM ratelimits WHERE id > {p}"
    " ORDER BY id LIMIT {p}) AS chunk"
)
"""The id of the last counter of the next chunk."""

RESET_COUNTERS = (
    "UPDATE ratelimits SET msg_counter = 0, rcpt_counter = 0,"
    " quota = CASE WHEN quota_locked = 0 THEN quota_reset ELSE quota END,"
    " raised_quota = CASE WHEN raised_until IS NULL THEN NULL ELSE raised_quota END,"
    " updated_at = updated_at"
    " WHERE id > {p} AND id <= {p} AND (msg_counter <> 0 OR rcpt_counter <> 0"
    " OR (quota_locked = 0 AND quota <> quota_reset)"
    " OR (raised_quota IS NOT NULL AND raised_until IS NULL))"
)
"""
A new period for one chunk. ``updated_at`` is named so that a column that
changes by itself does not.
"""

FIND_CHARGES = (
    "SELECT ratelimit_id, transaction_id, rcpt_count, blocked FROM messages"
    " WHERE transaction_id IN ({many})"
)
"""
What was charged before for the same messages, with those of other senders
that happen to have the same transaction. Nearly always none.
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
"""What yoyo has recorded, also by another program in the same database."""

FIRST_SENDER = "SELECT created_at FROM ratelimits ORDER BY id LIMIT 1"

LAST_MESSAGE = "SELECT created_at FROM messages ORDER BY id DESC LIMIT 1"
