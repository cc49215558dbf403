"""
Reads policyd-rate-limit's settings and says what they mean here.

Its limits are lists of a count and seconds, for everybody and for single
names; it keeps a row for each message that passed. Source: its README and the
comments in its sample settings, version 1.2.
"""

from __future__ import annotations

from rateguard.adapters.policyd_rate_limit.document import read
from rateguard.adapters.policyd_rate_limit.plan import Plan, planned
from rateguard.adapters.policyd_rate_limit.settings import (
    Counts,
    Limit,
    LimitSettings,
    understood,
)


__all__ = [
    "Counts",
    "Limit",
    "LimitSettings",
    "Plan",
    "planned",
    "read",
    "understood",
]
