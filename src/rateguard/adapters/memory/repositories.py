"""What the store in memory keeps, and its repositories."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Verdict
from rateguard.domain.events import Delivery, Event, SentMessage
from rateguard.domain.orders import Change
from rateguard.domain.ports import MessageRecord, ResetRun
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


NOBODY = 0
"""The place of a sender without a counter."""


@attrs.frozen
class Kept:
    """
    A message that is kept.

    Attributes:
        place: That of its sender; where that was removed, nobody's any more.
    """

    id: int
    record: MessageRecord
    place: int


@attrs.frozen
class State:
    """
    Everything that is kept; a unit works on a copy and swaps it in.

    Attributes:
        places: Of the senders, in the order in which they came.
        numbers: The next place or id. None is given twice, not even one that was
            rolled back: messages may still be of a sender that was removed, and
            somebody may still speak of a delivery that was purged.
    """

    counters: dict[str, SenderCounter] = attrs.Factory(dict)
    places: dict[str, int] = attrs.Factory(dict)
    messages: dict[int, Kept] = attrs.Factory(dict)
    resets: dict[int, ResetRun] = attrs.Factory(dict)
    outbox: dict[int, Delivery] = attrs.Factory(dict)
    history: list[Change] = attrs.Factory(list)
    numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))

    def copy(self) -> State:
        return State(
            *(dict(self.counters), dict(self.places)),
            dict(self.messages),
            dict(self.resets),
            dict(self.outbox),
            list(self.history),
            self.numbers,
        )


@attrs.frozen
class MemoryCounterRepository:
    """Implements ``CounterRepository``; positions are places."""

    _state: State

    def lock(
        self,
        senders: Collection[str],
        *,
        default: QuotaPolicy,
        at: dt.datetime,
        charging: Sequence[Submission] = (),
    ) -> dict[str, SenderCounter]:
        counters, places = self._state.counters, self._state.places
        for sender in sorted(senders):
            if sender not in counters:
                counters[sender] = SenderCounter(sender, default)
                places[sender] = next(self._state.numbers)
        return {sender: counters[sender] for sender in senders}

    def save(self, counters: Iterable[SenderCounter], *, at: dt.datetime) -> None:
        for counter in counters:
            policy = self._state.counters[counter.sender].policy
            kept = attrs.evolve(counter, policy=policy)
            self._state.counters[counter.sender] = kept

    def find(self, senders: Collection[str]) -> dict[str, SenderCounter]:
        counters = self._state.counters
        return {each: counters[each] for each in sorted(senders) if each in counters}

    def set_policies(self, counters: Iterable[SenderCounter]) -> None:
        for counter in counters:
            kept = attrs.evolve(
                self._state.counters[counter.sender], policy=counter.policy
            )
            self._state.counters[counter.sender] = kept

    def remove(self, senders: Collection[str], *, let_go: int) -> None:
        """A place is never given again, so their messages are nobody's."""
        for sender in senders:
            del self._state.counters[sender]
            del self._state.places[sender]

    def reset_chunk(self, *, after: int, limit: int) -> int | None:
        counters, places = self._state.counters, self._state.places
        chunk = [each for each in places if places[each] > after][:limit]
        for sender in chunk:
            counters[sender] = counters[sender].reset()
        return places[chunk[-1]] if chunk else None


@attrs.frozen
class MemoryResetLedger:
    """Implements ``ResetLedger``."""

    _state: State

    def latest(self) -> ResetRun | None:
        resets = self._state.resets
        return resets[max(resets)] if resets else None

    def begin(self, at: dt.datetime) -> ResetRun:
        run = ResetRun(len(self._state.resets) + 1, at, 0)
        self._state.resets[run.id] = run
        return run

    def advance(self, run: ResetRun) -> None:
        self._state.resets[run.id] = run


@attrs.frozen
class MemoryHistory:
    """Implements ``History``."""

    _state: State

    def add(self, changes: Sequence[Change]) -> None:
        self._state.history.extend(changes)

    def find(self, *, sender: str, limit: int) -> list[Change]:
        changes = reversed(self._state.history)
        return [each for each in changes if sender in ("", each.sender)][:limit]


@attrs.frozen
class MemoryMessageLog:
    """Implements ``MessageLog``; positions are ids."""

    _state: State

    def charges(
        self, submissions: Sequence[Submission]
    ) -> dict[tuple[str, str], Charge]:
        wanted = {_key(each) for each in submissions if each.transaction}
        return {
            key: Charge(record.submission.recipients, record.decision.verdict)
            for record in map(self._owned, self._state.messages.values())
            if record and (key := _key(record.submission)) in wanted
        }

    def add(self, records: Sequence[MessageRecord]) -> None:
        for record in records:
            place = self._state.places.get(record.submission.sender, NOBODY)
            self._keep(Kept(next(self._state.numbers), record, place))

    def amend(self, records: Sequence[MessageRecord]) -> None:
        amended = {_key(each.submission): each for each in records}
        for kept in [*self._state.messages.values()]:
            key = _key(kept.record.submission)
            if key in amended and all(key) and self._owned(kept):
                recipients = amended[key].submission.recipients
                submission = attrs.evolve(kept.record.submission, recipients=recipients)
                record = MessageRecord(
                    submission, amended[key].decision, kept.record.at
                )
                self._keep(attrs.evolve(kept, record=record))

    def recent(self, sender: str, *, limit: int) -> list[SentMessage]:
        kept = map(self._owned, reversed(self._state.messages.values()))
        own = [each for each in kept if each and each.submission.sender == sender]
        return [_sent(record) for record in own[:limit]]

    def let_go(self, sender: str, *, after: int, limit: int) -> int | None:
        place = self._state.places.get(sender, NOBODY)
        chunk = [each for each in self._state.messages.values() if each.id > after]
        for kept in chunk[:limit]:
            if kept.place == place:
                self._keep(attrs.evolve(kept, place=NOBODY))
        return chunk[:limit][-1].id if chunk else None

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        messages = self._state.messages
        old = [id_ for id_, kept in messages.items() if kept.record.at < before]
        for id_ in old[:limit]:
            del messages[id_]
        return min(len(old), limit)

    def _keep(self, kept: Kept) -> None:
        self._state.messages[kept.id] = kept

    def _owned(self, kept: Kept) -> MessageRecord | None:
        """Return the record unless its sender was removed since."""
        place = self._state.places.get(kept.record.submission.sender, NOBODY)
        return kept.record if place == kept.place else None


def _key(submission: Submission) -> tuple[str, str]:
    return submission.sender, submission.transaction


def _sent(record: MessageRecord) -> SentMessage:
    submission = record.submission
    return SentMessage(
        *(submission.queue_id, submission.client_address, submission.client_name),
        submission.recipients,
        record.decision.verdict is Verdict.DEFER,
        record.at,
    )


@attrs.frozen
class MemoryOutbox:
    """Implements ``Outbox``."""

    _state: State
    _notifiers: Sequence[str]

    def add(self, events: Sequence[Event]) -> None:
        for event in events:
            event_id = str(uuid.uuid4())
            for notifier in self._notifiers:
                about = (next(self._state.numbers), event_id, notifier, event)
                self._keep(Delivery(*about, 0, event.at, event.at))

    def claim(
        self, notifier: str, *, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Delivery]:
        due = [each for each in self._waiting(notifier) if each.due_at <= now]
        due.sort(key=lambda each: (each.attempts, each.due_at, each.id))
        until = now + lease
        return [
            self._keep(attrs.evolve(each, attempts=each.attempts + 1, due_at=until))
            for each in due[:limit]
        ]

    def delivered(self, delivery: Delivery, *, at: dt.datetime) -> None:
        kept = self._state.outbox.get(delivery.id)
        if kept is not None and kept.delivered_at is None:
            self._keep(attrs.evolve(kept, delivered_at=at, given_up_at=None))

    def failed(
        self,
        delivery: Delivery,
        *,
        at: dt.datetime,
        error: str,
        retry_at: dt.datetime | None,
    ) -> None:
        kept = self._held(delivery)
        if kept is None:
            return
        if retry_at is None:
            self._keep(attrs.evolve(kept, error=error, given_up_at=at))
        else:
            self._keep(attrs.evolve(kept, error=error, due_at=retry_at))

    def next_due(self, notifier: str) -> dt.datetime | None:
        return min((each.due_at for each in self._waiting(notifier)), default=None)

    def waiting(self) -> dict[str, int]:
        waiting = (each for each in self._state.outbox.values() if each.waiting)
        return dict(Counter(each.notifier for each in waiting))

    def unfinished(self, *, limit: int) -> list[Delivery]:
        return self._unfinished()[::-1][:limit]

    def retry(self, ids: Collection[int] | None, *, now: dt.datetime) -> int:
        wanted = [each for each in self._unfinished() if ids is None or each.id in ids]
        for each in wanted:
            self._keep(attrs.evolve(each, since=now, due_at=now, given_up_at=None))
        return len(wanted)

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        old = [
            each.id
            for each in self._state.outbox.values()
            if (ended := each.delivered_at or each.given_up_at) and ended < before
        ]
        for id_ in old[:limit]:
            del self._state.outbox[id_]
        return min(len(old), limit)

    def _unfinished(self) -> list[Delivery]:
        outbox = self._state.outbox.values()
        return [each for each in outbox if each.delivered_at is None]

    def _waiting(self, notifier: str) -> list[Delivery]:
        outbox = self._state.outbox.values()
        return [each for each in outbox if each.waiting and each.notifier == notifier]

    def _held(self, delivery: Delivery) -> Delivery | None:
        kept = self._state.outbox.get(delivery.id)
        if kept is None or not kept.waiting:
            return None
        held = (kept.due_at, kept.attempts) == (delivery.due_at, delivery.attempts)
        return kept if held else None

    def _keep(self, delivery: Delivery) -> Delivery:
        self._state.outbox[delivery.id] = delivery
        return delivery
