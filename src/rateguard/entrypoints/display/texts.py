"""
Values as text.
"""

from __future__ import annotations

import datetime as dt

from typing import Any

from rateguard.domain.escaping import escaped
from rateguard.entrypoints.display.table import Zone


def shown(value: Any, zone: Zone = None) -> str:  # noqa: ANN401
    """
    Return a value as people read it, on one line whatever strangers sent.
    """
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return local_time(value, zone)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escaped(str(value))


def local_time(at: dt.datetime, zone: Zone = None) -> str:
    """
    Return a time with its offset.
    """
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def iso(at: dt.datetime, zone: Zone = None) -> str:
    """
    Return a time as scripts read it.
    """
    return at.astimezone(zone).isoformat(timespec="seconds")


def traffic(messages: int, recipients: int) -> str:
    """
    Return how many messages to how many recipients.
    """
    return f"{_amount(messages, 'message')} to {_amount(recipients, 'recipient')}"


def _amount(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
