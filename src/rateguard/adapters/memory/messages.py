"""The message log in memory."""

from __future__ import annotations

import datetime as dt
import itertools

from collections.abc import Sequence

import attrs

from rateguard.adapters.memory.state import NOBODY, Kept, State
from rateguard.domain.decision import Charge, Verdict
from rateguard.domain.events import SentMessage
from rateguard.domain.ports import MessageRecord
from rateguard.domain.submission import Submission


@attrs.frozen
class MemoryMessageLog:
    """Implements ``MessageLog``."""

    _state: State

    def charges(
        self, submissions: Sequence[Submission]
    ) -> dict[tuple[str, str], Charge]:
        """Look every message up by sender and transaction."""
        wanted = {_key(each) for each in submissions if each.transaction}
        return {
            key: Charge(record.submission.recipients, record.decision.verdict)
            for record in map(self._owned, self._state.messages)
            if record and (key := _key(record.submission)) in wanted
        }

    def add(self, records: Sequence[MessageRecord]) -> None:
        """Append."""
        places = self._state.places
        self._state.messages.extend(
            Kept(
                next(self._state.numbers),
                record,
                places.get(record.submission.sender, NOBODY),
            )
            for record in records
        )

    def amend(self, records: Sequence[MessageRecord]) -> None:
        """Replace recipients and verdict, keep everything else."""
        grown = {_key(record.submission): record for record in records}
        self._state.messages[:] = [
            attrs.evolve(
                kept, record=_amended(record, grown.get(_key(record.submission)))
            )
            if (record := self._owned(kept))
            else kept
            for kept in self._state.messages
        ]

    def recent(self, sender: str, *, limit: int) -> list[SentMessage]:
        """Walk backwards."""
        own = (
            record
            for record in map(self._owned, reversed(self._state.messages))
            if record and record.submission.sender == sender
        )
        return [_sent(record) for record in itertools.islice(own, limit)]

    def let_go(self, sender: str, *, after: int, limit: int) -> int | None:
        """Positions are ids."""
        messages = self._state.messages
        behind = [index for index, kept in enumerate(messages) if kept.id > after]
        chunk = behind[:limit]
        place = self._state.places.get(sender, NOBODY)
        for index in chunk:
            if messages[index].place == place:
                messages[index] = attrs.evolve(messages[index], place=NOBODY)
        return messages[chunk[-1]].id if chunk else None

    def purge(self, *, before: dt.datetime, limit: int) -> int:
        """Drop the oldest first."""
        messages = self._state.messages
        old = [index for index, kept in enumerate(messages) if kept.record.at < before]
        for index in reversed(old[:limit]):
            del messages[index]
        return min(len(old), limit)

    def _owned(self, kept: Kept) -> MessageRecord | None:
        """Return the record unless its sender was removed since."""
        place = self._state.places.get(kept.record.submission.sender, NOBODY)
        return kept.record if place == kept.place else None


def _key(submission: Submission) -> tuple[str, str]:
    return submission.sender, submission.transaction


def _amended(kept: MessageRecord, grown: MessageRecord | None) -> MessageRecord:
    if grown is None or not kept.submission.transaction:
        return kept
    submission = attrs.evolve(kept.submission, recipients=grown.submission.recipients)
    return attrs.evolve(kept, submission=submission, decision=grown.decision)


def _sent(record: MessageRecord) -> SentMessage:
    submission = record.submission
    return SentMessage(
        submission.queue_id,
        submission.client_address,
        submission.client_name,
        submission.recipients,
        record.decision.verdict is Verdict.DEFER,
        record.at,
    )
