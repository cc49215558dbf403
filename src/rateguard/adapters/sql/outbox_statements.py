"""
The statements of the outbox. ``Dialect.sql`` fills the braces.
"""

from __future__ import annotations


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

WAITING_DELIVERIES = (
    "SELECT notifier, COUNT(*) FROM rateguard_outbox WHERE state = 0 GROUP BY notifier"
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
