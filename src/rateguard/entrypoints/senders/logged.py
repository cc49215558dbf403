"""
Messages, clients and changes as rows of a table.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Mapping, Sequence

import attrs

from rateguard.domain.history import Change
from rateguard.domain.reports import Client, LoggedMessage, SenderEntry, Traffic
from rateguard.entrypoints.display.table import Column, Row, Table, named, number
from rateguard.entrypoints.display.texts import local_time
from rateguard.entrypoints.senders.rows import SHARE, STATE, row_of


_MESSAGE_KEYS = tuple(field.name for field in attrs.fields(LoggedMessage))
_CLIENT_KEYS = ("address", "name", "messages", "recipients", "blocked", "last_at")
_CHANGE_KEYS = ("at", "by", "action", "sender", "changes", "reason")
_BLOCKED_KEYS = (
    *("sender", "blocked", "blocked_recipients"),
    *("messages", "recipients", "quota_in_force", "share", "over_quota", "suspended"),
)


def _client(row: Row) -> str:
    return f"{row['client_name'] or 'unknown'}[{row['client_address'] or 'unknown'}]"


def _verdict(row: Row) -> str:
    return "blocked" if row["blocked"] else "accepted"


def _red(row: Row) -> str:
    return "red" if row["blocked"] else ""


VERDICT = Column("verdict", _verdict, style=_red)


def message_table(messages: Sequence[LoggedMessage], *, of_one: bool = False) -> Table:
    """
    Return a table of messages, without the sender if they are *of_one*.
    """
    columns = [
        named("at", "at"),
        named("queue id", "queue_id"),
        named("sender", "sender"),
        Column("client", _client),
        number("recipients", "recipients"),
        VERDICT,
        named("from", "from_address"),
    ]
    if of_one:
        del columns[2]
    rows = [attrs.asdict(message) for message in messages]
    return Table(_MESSAGE_KEYS, columns, rows, "no messages in that time")


def client_table(clients: Sequence[Client]) -> Table:
    """
    Return a table of where messages came from.
    """
    columns = [
        named("client address", "address"),
        named("name", "name"),
        number("messages", "messages"),
        number("recipients", "recipients"),
        number("blocked", "blocked"),
        named("last at", "last_at"),
    ]
    rows = [
        {
            "address": client.address,
            "name": client.name,
            **attrs.asdict(client.traffic),
            "last_at": client.last_at,
        }
        for client in clients
    ]
    return Table(_CLIENT_KEYS, columns, rows, "no messages in that time")


def change_table(changes: Sequence[Change], *, of_one: bool = False) -> Table:
    """
    Return a table of what operators did.
    """
    columns = [
        named("at", "at"),
        named("by", "by"),
        named("action", "action"),
        named("sender", "sender"),
        Column("changes", lambda row: said(row["changes"])),
        named("reason", "reason"),
    ]
    if of_one:
        del columns[3]
    rows = [
        {
            "at": change.at,
            "by": change.by,
            "action": change.action,
            "sender": change.sender,
            "changes": [attrs.asdict(field) for field in change.fields],
            "reason": change.reason,
        }
        for change in changes
    ]
    return Table(_CHANGE_KEYS, columns, rows, "nothing was changed")


def said(changes: Sequence[Mapping[str, str]]) -> str:
    """
    Return what was changed, on one line.
    """
    # Everybody has a quota who is there.
    removed = any(each["name"] == "quota" and not each["after"] for each in changes)
    return ", ".join(
        f"{each['name'].replace('_', ' ')} {_value(each['before'])}"
        + ("" if removed else f" -> {_value(each['after'])}")
        for each in changes
    )


def _value(text: str) -> str:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text or "none"
    # A number of eight figures is a date, too.
    return text if text.isdecimal() else local_time(at)


def blocked_table(
    found: Sequence[tuple[SenderEntry | None, str, Traffic]], at: dt.datetime
) -> Table:
    """
    Return a table of the senders of whom most was not admitted.
    """
    rows = [
        {
            **(row_of(entry, at) if entry else _NOBODY),
            "sender": sender,
            "blocked": traffic.blocked,
            "blocked_recipients": traffic.recipients,
        }
        for entry, sender, traffic in found
    ]
    columns = (
        named("sender", "sender"),
        number("blocked", "blocked"),
        number("their recipients", "blocked_recipients"),
        number("quota", "quota_in_force"),
        SHARE,
        STATE,
    )
    return Table(_BLOCKED_KEYS, columns, rows, "nothing was blocked today")


_NOBODY: Row = dict.fromkeys((*_BLOCKED_KEYS, "locked", "raised_quota", "raised_until"))
"""Of a sender who was removed."""
