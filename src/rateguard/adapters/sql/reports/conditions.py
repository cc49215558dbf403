"""
From what is asked to what a row has to fulfil.
"""

from __future__ import annotations

import re

from collections.abc import Iterator
from typing import Any

from rateguard.adapters.sql.dialect import as_text
from rateguard.adapters.sql.reports import message_statements as logged
from rateguard.adapters.sql.reports import sender_statements as reporting
from rateguard.domain.reports import MessageQuery, SenderQuery


Condition = tuple[str, list[Any]]
"""
What a row has to fulfil, and the values in it.
"""


_ANY_TEXT = re.compile(r"\{text:(\w+)\}")

_LAST = "\U0010ffff"
"""Sorts behind all that a name has."""


def of_senders(query: SenderQuery, now: str) -> Iterator[Condition]:
    """
    Yield what the senders have to fulfil.
    """
    if query.containing:
        yield reporting.CONTAINING, [_containing(query.containing)]
    if query.beginning:
        yield reporting.BEGINNING, [query.beginning, query.beginning + _LAST]
    for wanted, condition, values in (
        (query.over_quota, reporting.OVER_QUOTA, [now]),
        (query.suspended, "suspended <> 0", []),
        (query.locked, "quota_locked <> 0", []),
        (query.raised, reporting.RAISED, [now]),
    ):
        if wanted is not None:
            yield (condition if wanted else f"NOT ({condition})"), values


def of_messages(query: MessageQuery) -> Iterator[Condition]:
    """
    Yield what the messages have to fulfil, but for time and sender.
    """
    if query.until is not None:
        yield logged.UNTIL, [as_text(query.until)]
    if query.queue_id:
        condition = _comparing(logged.QUEUE_ID, query.queue_id)
        yield condition, [query.queue_id, query.queue_id]
    if query.client:
        yield logged.CLIENT, [query.client, _containing(query.client)]
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
