"""Reports over the store in memory."""

from __future__ import annotations

import datetime as dt
import itertools

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import attrs

from rateguard.adapters.memory.repositories import Kept, State
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Verdict
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


@attrs.frozen
class MemoryReports:
    """Implements ``Reports``; when a sender was made or changed is not kept."""

    _state: State

    def senders(self, query: SenderQuery, *, at: dt.datetime) -> list[SenderEntry]:
        def place(counter: SenderCounter) -> tuple[Any, ...]:
            if query.sort is SenderSort.SENDER:
                return (counter.sender,)
            # Equal ones in the order in which they came.
            amount = _AMOUNTS[query.sort](counter.in_force(at))
            return -amount, self._state.places[counter.sender]

        begin = self._begin(query, place)
        found = [
            counter
            for counter in self._state.counters.values()
            if place(counter) > begin and _wanted(query, counter, at)
        ]
        found.sort(key=place)
        page = found[query.offset : query.offset + query.limit]
        return [SenderEntry(counter) for counter in page]

    def _begin(
        self, query: SenderQuery, place: Callable[[SenderCounter], tuple[Any, ...]]
    ) -> tuple[Any, ...]:
        if not query.after:
            return ()
        if query.sort is SenderSort.SENDER:
            return (query.after,)
        counter = self._state.counters.get(query.after)
        if counter is None:
            raise UnknownSender(query.after)
        return place(counter)

    def count(self, query: SenderQuery, *, at: dt.datetime) -> int:
        counters = self._state.counters.values()
        return sum(_wanted(query, counter, at) for counter in counters)

    def sender(self, sender: str) -> SenderEntry | None:
        counter = self._state.counters.get(sender)
        return None if counter is None else SenderEntry(counter)

    def totals(self, *, at: dt.datetime, quota: int = 0) -> Totals:
        counters = self._state.counters.values()
        return Totals(
            len(counters),
            sum(counter.in_force(at).over_quota for counter in counters),
            sum(counter.policy.suspended for counter in counters),
            sum(counter.policy.quota == quota for counter in counters),
        )

    def common_quota(self) -> CommonQuota | None:
        counters = self._state.counters.values()
        quotas = Counter(counter.policy.quota for counter in counters)
        common = min(quotas, key=lambda quota: (-quotas[quota], quota), default=None)
        return None if common is None else CommonQuota(common, quotas[common])

    def messages(self, query: MessageQuery) -> list[LoggedMessage]:
        logged = map(_logged, reversed(self._state.messages.values()))
        return [each for each in logged if _asked_for(query, each)][: query.limit]

    def clients(self, sender: str, *, since: dt.datetime, limit: int) -> list[Client]:
        own = [each for each in self._since(since) if each.sender == sender]
        clients = []
        for address, messages in _grouped(own, attrgetter("client_address")).items():
            name = max(message.client_name for message in messages)
            times = [message.at for message in messages]
            traffic = _traffic(messages)
            clients.append(Client(address, name, traffic, min(times), max(times)))
        clients.sort(key=lambda client: (-client.traffic.messages, client.address))
        return clients[:limit]

    def blocked(self, *, since: dt.datetime, limit: int) -> list[tuple[str, Traffic]]:
        return _busiest((each for each in self._since(since) if each.blocked), limit)

    def senders_at(
        self, addresses: Collection[str], *, since: dt.datetime, limit: int
    ) -> list[tuple[str, Traffic]]:
        there = (
            each for each in self._since(since) if each.client_address in addresses
        )
        return _busiest(there, limit)

    def traffic(self, times: Sequence[dt.datetime]) -> list[Traffic]:
        return [
            _traffic([message for message in self._since(begin) if message.at < end])
            for begin, end in itertools.pairwise(times)
        ]

    def _since(self, since: dt.datetime) -> Iterator[LoggedMessage]:
        logged = map(_logged, self._state.messages.values())
        return (message for message in logged if message.at >= since)


def _wanted(query: SenderQuery, counter: SenderCounter, at: dt.datetime) -> bool:
    raised = counter.policy.raised
    facts: tuple[tuple[int | None, int], ...] = (
        (query.quota, counter.policy.quota),
        (query.over_quota, counter.in_force(at).over_quota),
        (query.suspended, counter.policy.suspended),
        (query.locked, counter.policy.locked),
        (query.raised, raised is not None and raised.holds(at)),
    )
    return (
        query.containing in counter.sender
        and counter.sender.startswith(query.beginning)
        and (not query.domain or counter.sender.endswith(f"@{query.domain}"))
        and all(asked is None or asked == fact for asked, fact in facts)
    )


def _asked_for(query: MessageQuery, message: LoggedMessage) -> bool:
    return (
        message.at >= query.since
        and (query.until is None or message.at < query.until)
        and (query.after is None or message.id < query.after)
        and query.sender in ("", message.sender)
        and query.queue_id in ("", message.queue_id)
        and (
            query.client in ("", message.client_address)
            or query.client.lower() in message.client_name.lower()
        )
        and query.blocked in (None, message.blocked)
    )


def _share(counter: SenderCounter) -> float:
    used = max(counter.messages, counter.recipients)
    return used / (counter.policy.quota or 0.0001)


_AMOUNTS: dict[SenderSort, Callable[[SenderCounter], float]] = {
    SenderSort.MESSAGES: attrgetter("messages"),
    SenderSort.RECIPIENTS: attrgetter("recipients"),
    SenderSort.MESSAGES_TOTAL: attrgetter("messages_total"),
    SenderSort.RECIPIENTS_TOTAL: attrgetter("recipients_total"),
    SenderSort.QUOTA: attrgetter("policy.quota"),
    SenderSort.SHARE: _share,
    SenderSort.CHANGED: lambda _counter: 0,
}


def _grouped(
    messages: Iterable[LoggedMessage], key: Callable[[LoggedMessage], Any]
) -> dict[Any, list[LoggedMessage]]:
    groups: dict[Any, list[LoggedMessage]] = {}
    for message in messages:
        groups.setdefault(key(message), []).append(message)
    return groups


def _busiest(
    messages: Iterable[LoggedMessage], limit: int
) -> list[tuple[str, Traffic]]:
    grouped = _grouped(messages, lambda message: message.sender)
    found = [(sender, _traffic(own)) for sender, own in grouped.items()]
    found.sort(key=lambda each: (-each[1].messages, each[0]))
    return found[:limit]


def _traffic(messages: list[LoggedMessage]) -> Traffic:
    return Traffic(
        len(messages),
        sum(message.recipients for message in messages),
        sum(message.blocked for message in messages),
    )


def _logged(kept: Kept) -> LoggedMessage:
    record, submission = kept.record, kept.record.submission
    return LoggedMessage(
        *(record.at, submission.queue_id, submission.sender),
        *(submission.client_address, submission.client_name, submission.recipients),
        record.decision.verdict is Verdict.DEFER,
        *(submission.from_address, submission.to_address, kept.id),
    )
