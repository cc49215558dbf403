"""Values as text."""

from __future__ import annotations

import datetime as dt

from typing import Any

from rateguard.domain.escaping import escaped


def shown(value: Any, zone: dt.tzinfo | None = None) -> str:  # noqa: ANN401
    """Return a value as people read it, on one line whatever strangers sent."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return local_time(value, zone)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escaped(str(value))


def local_time(at: dt.datetime, zone: dt.tzinfo | None = None) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


_HALF_A_YEAR = dt.timedelta(days=180)


def brief_time(
    at: dt.datetime, zone: dt.tzinfo | None = None, now: dt.datetime | None = None
) -> str:
    """Return what of a time tells it from others: no date for one of today."""
    local = at.astimezone(zone)
    now = now or dt.datetime.now(dt.UTC)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M:%S}"
    near = abs(now - at) < _HALF_A_YEAR
    return f"{local:%m-%d %H:%M}" if near else f"{local:%Y-%m-%d}"


def traffic(messages: int, recipients: int) -> str:
    return f"{amount(messages, 'message')} to {amount(recipients, 'recipient')}"


def amount(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
