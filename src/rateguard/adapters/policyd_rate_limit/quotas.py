"""From limits over any time to one quota a period."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from rateguard.adapters.policyd_rate_limit.settings import Limit
from rateguard.domain.counter import COUNTER_MAX


@attrs.frozen
class Meaning:
    """
    What becomes of some limits.

    Attributes:
        quota: The most that all of them together admit in a period.

        fates: What is done with each limit that has no equivalent here.
    """

    quota: int
    fates: tuple[str, ...] = ()


def meaning(limits: Sequence[Limit], *, period: int) -> Meaning:
    """
    Return the smallest quota that stops nobody whom these limits let pass.

    A limit over less than a period may be used up again and again in one; a
    limit over more may be used up in a single one. What several admit
    together is what the tightest of them does.
    """
    if not limits:
        return Meaning(COUNTER_MAX, (f"no limit: quota {COUNTER_MAX}, never reached",))
    # Of two that admit the same, the one whose time is nearest to a period.
    tightest = min(
        limits,
        key=lambda limit: (_admits(limit, period), abs(limit.seconds - period)),
    )
    quota = min(_admits(tightest, period), COUNTER_MAX)
    fates = [_becomes(tightest, quota, period)] + [
        f"{limit}: left out, {_why(limit, quota, period)}"
        for limit in limits
        if limit != tightest
    ]
    return Meaning(quota, tuple(filter(None, fates)))


def _admits(limit: Limit, period: int) -> int:
    return limit.count * max(1, -(-period // limit.seconds))


def _becomes(limit: Limit, quota: int, period: int) -> str:
    if limit.seconds == period:
        return ""
    why = (
        "which is the most that it admits, but no longer spread over the time"
        if limit.seconds < period
        else "which it admitted only once in its longer time"
    )
    return f"{limit}: becomes quota {quota} in {period} s, {why}"


def _why(limit: Limit, quota: int, period: int) -> str:
    if limit.seconds < period:
        return f"only the quota of {quota} in {period} s holds, at any speed"
    return f"the quota of {quota} in {period} s holds"
