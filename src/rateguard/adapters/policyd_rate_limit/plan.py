"""Who moves in, and what does not."""

from __future__ import annotations

import ipaddress

from collections.abc import Iterable, Iterator, Mapping

import attrs

from rateguard.adapters.policyd_rate_limit.quotas import meaning
from rateguard.adapters.policyd_rate_limit.settings import LimitSettings
from rateguard.domain.escaping import escaped
from rateguard.domain.orders import Arrival, Usage
from rateguard.domain.submission import sender_key


_SHOWN = 3


@attrs.frozen
class Plan:
    """
    What an import will do.

    Attributes:
        quota: That of everybody who has none of his own.

        arrivals: By sender, each once.

        remarks: What has no equivalent here, and what is done with it.
    """

    quota: int
    arrivals: tuple[Arrival, ...]
    remarks: tuple[str, ...]


def planned(settings: LimitSettings, usages: Iterable[Usage], *, period: int) -> Plan:
    """
    Return what these settings and counts mean here, *period* being the
    seconds from one reset to the next.
    """
    everybody = meaning(settings.limits, period=period)
    names = _Names()
    fates: dict[str, list[str]] = {fate: ["limits"] for fate in everybody.fates}
    for name, limits in settings.limits_by_id.items():
        if not names.admits(name):
            continue
        own = meaning(limits, period=period)
        names.has_quota(name, own.quota)
        for fate in own.fates:
            fates.setdefault(fate, []).append(escaped(name))
    for usage in usages:
        names.has_used(usage, everybody.quota)
    remarks = [
        *(f"{_listed(where)}: {fate}" for fate, where in fates.items()),
        *names.remarks(),
        *_elsewhere(settings),
    ]
    arrivals = tuple(sorted(names.arrivals.values(), key=lambda each: each.sender))
    return Plan(everybody.quota, arrivals, tuple(remarks))


@attrs.define
class _Names:
    """Names on their way to senders."""

    arrivals: dict[str, Arrival] = attrs.Factory(dict)
    addresses: list[str] = attrs.Factory(list)
    spellings: list[str] = attrs.Factory(list)
    counted_addresses: int = 0

    def admits(self, name: str) -> bool:
        if _is_address(name):
            self.addresses.append(name)
        return not _is_address(name)

    def has_quota(self, name: str, quota: int) -> None:
        key = sender_key(name)
        other = self.arrivals.get(key)
        if other is not None:
            self.spellings.append(
                f"{escaped(name)}: is {escaped(key)} as well, who gets the larger"
                f" quota: {max(quota, other.quota)}"
            )
            quota = max(quota, other.quota)
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

    def remarks(self) -> Iterator[str]:
        for address in self.addresses:
            yield f"{address}: left out, an IP address is nobody who logs in"
        if self.counted_addresses:
            yield (
                f"counts of {self.counted_addresses} IP addresses: left out,"
                " RateGuard counts who logs in"
            )
        yield from self.spellings


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip())
    except ValueError:
        return False
    return True


def _listed(where: list[str]) -> str:
    more = len(where) - _SHOWN
    shown = ", ".join(where[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


_NOTES: Mapping[str, str] = {
    "sql": "sql_limits_by_id: not read; give those senders their quotas by"
    " rateguard sender set",
    "sasl": "limit_by_sasl is off: RateGuard limits nothing else than who logs in",
    "sender": "limit_by_sender: left out, mail of those who do not log in is not"
    " limited",
    "ip": "limit_by_ip: left out, mail of those who do not log in is not limited",
    "postgresql": "backend 2, PostgreSQL: its counts are not read, everybody begins"
    " at 0",
    "mode": "count_mode 2 counts messages: RateGuard counts recipients too, so a"
    " quota of 100 is used up by one message to 100",
}


def _elsewhere(settings: LimitSettings) -> Iterator[str]:
    said = {
        "sql": settings.sql_limits,
        "sasl": not settings.by_sasl,
        "sender": settings.by_sender,
        "ip": settings.by_ip,
        "postgresql": settings.counts.backend == "postgresql",
        "mode": settings.count_mode == 2,  # noqa: PLR2004 - its own number
    }
    yield from (_NOTES[note] for note, true in said.items() if true)
