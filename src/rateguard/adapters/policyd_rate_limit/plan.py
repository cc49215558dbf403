"""What becomes of policyd-rate-limit's limits and counts here, and what does not."""

from __future__ import annotations

import ipaddress

from collections.abc import Iterable, Sequence
from operator import attrgetter

import attrs

from rateguard.adapters.policyd_rate_limit.settings import Limit, LimitSettings
from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.escaping import escaped
from rateguard.domain.orders import Arrival, Plan, Usage
from rateguard.domain.submission import sender_key


_SHOWN = 3

_ELSEWHERE = (
    (
        ("sql_limits", True),
        "sql_limits_by_id: not read; set those quotas with rateguard sender set",
    ),
    (("by_sasl", False), "limit_by_sasl is off: RateGuard limits only logins"),
    (("by_sender", True), "limit_by_sender: left out, RateGuard limits only logins"),
    (("by_ip", True), "limit_by_ip: left out, RateGuard limits only logins"),
    (
        ("counts.backend", "postgresql"),
        "backend 2, PostgreSQL: its counts are not read, every sender begins at 0",
    ),
    (
        ("count_mode", 2),
        (
            "count_mode 2 counts messages: RateGuard counts recipients too, so one"
            " message to 100 uses up a quota of 100"
        ),
    ),
)
"""A setting, its value without an equivalent here, and what is said of it."""


def planned(settings: LimitSettings, usages: Iterable[Usage], *, period: int) -> Plan:
    """
    Return what these settings and counts mean here, *period* being the seconds from
    one reset to the next.
    """
    everybody = meaning(settings.limits, period=period)
    names = _Names()
    fates: dict[str, list[str]] = {fate: ["limits"] for fate in everybody.fates}
    for name, limits in settings.limits_by_id.items():
        if _is_address(name):
            names.remarks.append(
                f"{escaped(name)}: left out, an IP address is no login"
            )
            continue
        own = meaning(limits, period=period)
        names.has_quota(name, own.quota)
        for fate in own.fates:
            fates.setdefault(fate, []).append(escaped(name))
    for usage in usages:
        names.has_used(usage, everybody.quota)
    if names.counted_addresses:
        names.remarks.append(
            f"counts of {names.counted_addresses} IP addresses: left out,"
            " RateGuard limits only logins"
        )
    remarks = [
        *(f"{_listed(where)}: {fate}" for fate, where in fates.items()),
        *names.remarks,
        *(
            remark
            for (name, value), remark in _ELSEWHERE
            if attrgetter(name)(settings) == value
        ),
    ]
    arrivals = tuple(sorted(names.arrivals.values(), key=lambda each: each.sender))
    return Plan(everybody.quota, arrivals, tuple(remarks))


def _listed(where: list[str]) -> str:
    shown, more = ", ".join(where[:_SHOWN]), len(where) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


@attrs.define
class _Names:
    """Names on their way to senders."""

    arrivals: dict[str, Arrival] = attrs.Factory(dict)
    remarks: list[str] = attrs.Factory(list)
    counted_addresses: int = 0

    def has_quota(self, name: str, quota: int) -> None:
        key = sender_key(name)
        other = self.arrivals.get(key)
        if other is not None:
            quota = max(quota, other.quota)
            self.remarks.append(
                f"{escaped(name)}: another spelling of {escaped(key)}, which gets the"
                f" larger quota: {quota}"
            )
        self.arrivals[key] = Arrival(key, quota, own=True)

    def has_used(self, usage: Usage, quota: int) -> None:
        key = sender_key(usage.name)
        if not key:
            return
        if _is_address(usage.name):
            self.counted_addresses += 1
            return
        arrival = self.arrivals.get(key) or Arrival(key, quota)
        self.arrivals[key] = attrs.evolve(
            arrival,
            messages=arrival.messages + usage.messages,
            recipients=arrival.recipients + usage.recipients,
        )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip())
    except ValueError:
        return False
    return True


@attrs.frozen
class Meaning:
    """A quota for some limits, and what becomes of those without an equivalent."""

    quota: int
    fates: tuple[str, ...] = ()


def meaning(limits: Sequence[Limit], *, period: int) -> Meaning:
    """
    Return the smallest quota that stops no sender that these limits let pass.

    A limit over less than a period may be used up again and again in one; a limit
    over more may be used up in a single one. What several admit together is what
    the tightest of them does.
    """
    if not limits:
        return Meaning(COUNTER_MAX, (f"no limit: quota {COUNTER_MAX}, never reached",))
    # Of two that admit the same, the one whose time is nearest to a period.
    tightest = min(
        limits,
        key=lambda limit: (_admits(limit, period), abs(limit.seconds - period)),
    )
    quota = min(_admits(tightest, period), COUNTER_MAX)
    fates = []
    if tightest.seconds != period:
        why = (
            "the most that it admits, though no longer spread over the time"
            if tightest.seconds < period
            else "which it admitted only once in its longer time"
        )
        fates.append(f"{tightest}: becomes quota {quota} in {period} s, {why}")
    for limit in limits:
        if limit != tightest:
            rate = ", at any rate" if limit.seconds < period else ""
            fates.append(
                f"{limit}: left out, the quota of {quota} in {period} s holds{rate}"
            )
    return Meaning(quota, tuple(fates))


def _admits(limit: Limit, period: int) -> int:
    return limit.count * max(1, -(-period // limit.seconds))
