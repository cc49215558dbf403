"""Everything that operators look at: tables ``ratelimits`` and ``messages``."""

from __future__ import annotations

import datetime as dt
import itertools

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import attrs

from rateguard.adapters.sql.counters import counter_of
from rateguard.adapters.sql.dialect import Row, as_text, as_time, known_time
from rateguard.adapters.sql.messages import LATEST_MESSAGE
from rateguard.adapters.sql.pool import Transaction
from rateguard.domain.errors import UnknownSender
from rateguard.domain.reports import (
    Client,
    CommonQuota,
    LoggedMessage,
    MessageQuery,
    SenderEntry,
    SenderQuery,
    SenderSort,
    Totals,
    Traffic,
)


RAISED = "(raised_quota IS NOT NULL AND (raised_until IS NULL OR raised_until > {p}))"
"""Takes one value: now; so do the next."""

QUOTA_IN_FORCE = f"CASE WHEN {RAISED} THEN raised_quota ELSE quota END"

MOST_USED = (
    "CASE WHEN msg_counter > rcpt_counter THEN msg_counter ELSE rcpt_counter END"
)

OVER_QUOTA = f"{MOST_USED} > {QUOTA_IN_FORCE}"

# A quota of 0 of which anything was asked is the fullest of all. Few are raised:
# the others are not to pay for it.
SHARE = (
    f"CASE WHEN quota > 0 AND raised_quota IS NULL THEN {MOST_USED} * 1e0 / quota"
    f" ELSE {MOST_USED} * 1e0 / CASE WHEN ({QUOTA_IN_FORCE}) = 0 THEN 0.0001"
    f" ELSE ({QUOTA_IN_FORCE}) END END"
)

SENDERS = (
    "SELECT sender, created_at, updated_at, quota, quota_reset, quota_locked,"
    " suspended, raised_quota, raised_until, msg_counter, rcpt_counter, msg_total,"
    " rcpt_total FROM ratelimits"
)

# Each {p} takes now. Not by name among equals: MySQL pads names to a kilobyte each to
# sort them.
ORDERS = {
    SenderSort.SENDER: "sender",
    SenderSort.MESSAGES: "msg_counter DESC, id",
    SenderSort.RECIPIENTS: "rcpt_counter DESC, id",
    SenderSort.MESSAGES_TOTAL: "msg_total DESC, id",
    SenderSort.RECIPIENTS_TOTAL: "rcpt_total DESC, id",
    SenderSort.QUOTA: f"{QUOTA_IN_FORCE} DESC, id",
    SenderSort.SHARE: f"{SHARE} DESC, id",
    # Where NULL sorts is not the same everywhere.
    SenderSort.CHANGED: "updated_at IS NULL, updated_at DESC, id",
}

PLACE = "SELECT id, rcpt_counter FROM ratelimits WHERE sender = {p}"

BEHIND_PLACE = "(rcpt_counter < {p} OR (rcpt_counter = {p} AND id > {p}))"

LIKE = "sender LIKE {p} ESCAPE '!'"

BEGINNING = "sender >= {p} AND sender < {p}"
"""Found by the index of the senders, as LIKE is not in SQLite."""

COUNT = "SELECT COUNT(*) FROM ratelimits WHERE "

TOTALS = (
    f"SELECT COUNT(*), COUNT(CASE WHEN {OVER_QUOTA} THEN 1 END),"
    " COUNT(CASE WHEN suspended <> 0 THEN 1 END),"
    " COUNT(CASE WHEN quota = {p} THEN 1 END) FROM ratelimits"
)
"""
Takes now and a quota. Counted here, it costs a tenth of the scan; COMMON_QUOTA is one
more.
"""

COMMON_QUOTA = (
    "SELECT quota, COUNT(*) AS senders FROM ratelimits"
    " GROUP BY quota ORDER BY senders DESC, quota LIMIT 1"
)

FIRST_SINCE = (
    "SELECT MIN(id) FROM (SELECT id FROM messages WHERE created_at >= {p}"
    " ORDER BY created_at LIMIT 1000) AS earliest"
)
"""
The id from which on to look for messages since a time, NULL where there are none: no
id is beyond that. Ids follow time but for writers side by side, hence the least of
the first thousand.
"""

LAST_UNTIL = (
    "SELECT MAX(id) FROM (SELECT id FROM messages WHERE created_at < {p}"
    " ORDER BY created_at DESC LIMIT 1000) AS latest"
)
"""The id up to which to look for messages until a time."""

MESSAGES = (
    "SELECT created_at, msgid, sender, client_address, client_name, rcpt_count,"
    " blocked, from_addr, to_addr, id FROM messages"
    " WHERE id >= {p} AND id <= {p} AND created_at >= {p}"
)

# Long queue ids of Postfix differ by case alone; some collations do not mind.
QUEUE_ID = "{same:{text:msgid}}"
"""Takes it twice."""

PLAIN_QUEUE_ID = "{same:msgid}"
"""
The same for ASCII, which every character set has: to convert a column takes longer
than to read it, and an index that an operator has added is used.
"""

CLIENT = "({text:client_address} = {p} OR {text:client_name} {like} {p} ESCAPE '!')"

OF_NOBODY = "(ratelimit_id IS NULL AND {same:{text:sender}})"
"""Messages of a sender that was removed since. Takes its name twice."""

OF_ROW = f"(ratelimit_id = {{p}} OR {OF_NOBODY})"
"""Takes the row of a sender and twice its name."""

CLIENTS = (
    "SELECT client_address, MAX(client_name), COUNT(*), SUM(rcpt_count),"
    " SUM(blocked), MIN(created_at), MAX(created_at) FROM messages"
    " WHERE id >= {p} AND created_at >= {p}"
)

BUSIEST = " GROUP BY client_address ORDER BY COUNT(*) DESC, client_address LIMIT {p}"

# All but the names is in the index over times, and names lie apart: each is read
# once. By the name that the sender has in its row: names of messages may be equal to
# a collation where senders are not. COALESCE, or a server walks the index of senders.
_BUSIEST_SENDERS = (
    "SELECT name, SUM(messages) AS total, SUM(recipients), SUM(blocked) FROM"
    " (SELECT COALESCE(ratelimits.sender,"
    " (SELECT sender FROM messages WHERE id = one)) AS name, messages, recipients,"
    " blocked FROM (SELECT ratelimit_id, MIN(id) AS one, COUNT(*) AS messages,"
    " SUM(rcpt_count) AS recipients, SUM(blocked) AS blocked FROM messages"
    " WHERE %(which)s AND ratelimit_id IS NOT NULL"
    " GROUP BY ratelimit_id) AS counted"
    " LEFT JOIN ratelimits ON ratelimits.id = ratelimit_id"
    " UNION ALL SELECT sender, COUNT(*), SUM(rcpt_count), SUM(blocked) FROM messages"
    " WHERE %(which)s AND COALESCE(ratelimit_id, 0) = 0"
    " GROUP BY sender) AS named"
    " GROUP BY name ORDER BY total DESC, name LIMIT {p}"
)

BLOCKED = _BUSIEST_SENDERS % {"which": "created_at >= {p} AND blocked <> 0"}
"""Takes the time twice, and how many."""

SENDERS_AT = _BUSIEST_SENDERS % {
    "which": "id >= {p} AND created_at >= {p} AND {text:client_address} IN ({many})"
}
"""Takes an id, a time and the addresses twice, and how many."""

TRAFFIC = (
    "SELECT %d AS part, COUNT(*), COALESCE(SUM(rcpt_count), 0),"
    " COALESCE(SUM(blocked), 0) FROM messages"
    " WHERE created_at >= {p} AND created_at < {p}"
)
"""
One of several, each over its part of the index of times: a third of what grouping by
the hour costs.
"""

Condition = tuple[str, list[Any]]
"""What a row has to fulfil, and the values in it."""

_LAST = "\U0010ffff"
"""Sorts behind all that a name has."""


@attrs.define(eq=False)
class SqlReports:
    """
    Implements ``Reports``.

    There is no index over counters, nor over the senders and queue ids of messages:
    every message would pay for it. So senders are read all, and messages from the
    first of the time that is asked for.
    """

    _transaction: Transaction

    def senders(self, query: SenderQuery, *, at: dt.datetime) -> list[SenderEntry]:
        """One query; one more for the place of the sender it begins after."""
        now = as_text(at)
        conditions = list(_of_senders(query, now))
        if query.after:
            conditions.append(self._behind(query))
        wanted, values = _all(conditions)
        order = ORDERS[query.sort]
        values += [now] * order.count("{p}")
        rows = self._transaction.select(
            f"{SENDERS} WHERE {wanted} ORDER BY {order} LIMIT {{p}} OFFSET {{p}}",
            [*values, query.limit, query.offset],
        )
        return [_entry(row) for row in rows]

    def _behind(self, query: SenderQuery) -> Condition:
        if query.sort is SenderSort.SENDER:
            return "sender > {p}", [query.after]
        rows = self._transaction.select(PLACE, (query.after,))
        if not rows:
            raise UnknownSender(query.after)
        id_, recipients = rows[0]
        return BEHIND_PLACE, [recipients, recipients, id_]

    def count(self, query: SenderQuery, *, at: dt.datetime) -> int:
        wanted, values = _all(list(_of_senders(query, as_text(at))))
        rows = self._transaction.select(COUNT + wanted, values)
        count: int = rows[0][0]
        return count

    def sender(self, sender: str) -> SenderEntry | None:
        """By the unique index."""
        rows = self._transaction.select(f"{SENDERS} WHERE sender = {{p}}", (sender,))
        return _entry(rows[0]) if rows else None

    def totals(self, *, at: dt.datetime, quota: int = 0) -> Totals:
        return Totals(*self._transaction.select(TOTALS, (as_text(at), quota))[0])

    def common_quota(self) -> CommonQuota | None:
        rows = self._transaction.select(COMMON_QUOTA)
        return CommonQuota(*rows[0]) if rows else None

    def messages(self, query: MessageQuery) -> list[LoggedMessage]:
        """From the newest backwards."""
        first, last = self._first_since(query.since), self._last_until(query.until)
        conditions = list(_of_messages(query))
        if query.sender:
            conditions.append(self._of_sender(query.sender))
        wanted, values = _all(conditions)
        rows = self._transaction.select(
            f"{MESSAGES} AND {wanted} ORDER BY id DESC LIMIT {{p}}",
            [first, last, as_text(query.since), *values, query.limit],
        )
        return [_message(row) for row in rows]

    def clients(self, sender: str, *, since: dt.datetime, limit: int) -> list[Client]:
        """One query, over the messages of that time."""
        first = self._first_since(since)
        wanted, values = self._of_sender(sender)
        found = self._transaction.select(
            f"{CLIENTS} AND {wanted}{BUSIEST}", [first, as_text(since), *values, limit]
        )
        return [
            Client(address, name, _traffic(*counts), as_time(first_at), as_time(last))
            for address, name, *counts, first_at, last in found
        ]

    def blocked(self, *, since: dt.datetime, limit: int) -> list[tuple[str, Traffic]]:
        """Over the index of times."""
        begin = as_text(since)
        return self._busiest(BLOCKED, (begin, begin, limit))

    def senders_at(
        self, addresses: Collection[str], *, since: dt.datetime, limit: int
    ) -> list[tuple[str, Traffic]]:
        """One query, over the messages of that time."""
        first = self._first_since(since)
        if first is None or not addresses:
            return []
        which = (first, as_text(since), *addresses)
        return self._busiest(SENDERS_AT, (*which, *which, limit), count=len(addresses))

    def _busiest(
        self, statement: str, values: Sequence[Any], *, count: int = 0
    ) -> list[tuple[str, Traffic]]:
        rows = self._transaction.select(statement, values, count=count)
        return [(sender, _traffic(*counts)) for sender, *counts in rows]

    def traffic(self, times: Sequence[dt.datetime]) -> list[Traffic]:
        """One query."""
        parts = list(itertools.pairwise(map(as_text, times)))
        statement = " UNION ALL ".join(TRAFFIC % part for part in range(len(parts)))
        rows = self._transaction.select(
            f"{statement} ORDER BY part", [*itertools.chain(*parts)]
        )
        return [_traffic(*counts) for _, *counts in rows]

    def _first_since(self, since: dt.datetime) -> int | None:
        return self._transaction.number(FIRST_SINCE, (as_text(since),))

    def _last_until(self, until: dt.datetime | None) -> int | None:
        if until is None:
            return self._transaction.number(LATEST_MESSAGE)
        return self._transaction.number(LAST_UNTIL, (as_text(until),))

    def _of_sender(self, sender: str) -> Condition:
        """
        By its row where there is one: that is indexed in MySQL, and in a table
        that policyd-rate-guard made, names are compared without accents. By its
        name only what belongs to nobody: it was removed after it.
        """
        rows = self._transaction.select(PLACE, (sender,))
        if rows:
            return OF_ROW, [rows[0][0], sender, sender]
        return OF_NOBODY, [sender, sender]


def _of_senders(query: SenderQuery, now: str) -> Iterator[Condition]:
    if query.containing:
        yield LIKE, [f"%{_literal(query.containing)}%"]
    if query.beginning:
        yield BEGINNING, [query.beginning, query.beginning + _LAST]
    if query.domain:
        yield LIKE, [f"%@{_literal(query.domain)}"]
    if query.quota is not None:
        yield "quota = {p}", [query.quota]
    for wanted, condition, values in (
        (query.over_quota, OVER_QUOTA, [now]),
        (query.suspended, "suspended <> 0", []),
        (query.locked, "quota_locked <> 0", []),
        (query.raised, RAISED, [now]),
    ):
        if wanted is not None:
            yield (condition if wanted else f"NOT ({condition})"), values


def _of_messages(query: MessageQuery) -> Iterator[Condition]:
    if query.after is not None:
        yield "id < {p}", [query.after]
    if query.until is not None:
        yield "created_at < {p}", [as_text(query.until)]
    if query.queue_id:
        condition = PLAIN_QUEUE_ID if query.queue_id.isascii() else QUEUE_ID
        yield condition, [query.queue_id, query.queue_id]
    if query.client:
        yield CLIENT, [query.client, f"%{_literal(query.client)}%"]
    if query.blocked is not None:
        yield ("blocked <> 0" if query.blocked else "blocked = 0"), []


def _all(conditions: list[Condition]) -> Condition:
    values = [value for _, some in conditions for value in some]
    return " AND ".join(["1 = 1", *(text for text, _ in conditions)]), values


def _literal(text: str) -> str:
    """Return the text as a part of what LIKE compares with."""
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return text


def _entry(row: Row) -> SenderEntry:
    name, created, changed, *columns = row
    counter = counter_of(name.rstrip(" "), columns)
    return SenderEntry(counter, known_time(created), known_time(changed))


def _message(row: Row) -> LoggedMessage:
    at, queue_id, sender, address, name, recipients, blocked, from_, to, id_ = row
    return LoggedMessage(
        *(as_time(at), queue_id, sender, address, name, recipients),
        *(bool(blocked), from_, to or "", id_),
    )


def _traffic(messages: int, recipients: int, blocked: int) -> Traffic:
    # Sums come as Decimal from some drivers.
    return Traffic(int(messages), int(recipients), int(blocked))
