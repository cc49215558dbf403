"""Judge a batch of submissions in one unit of work."""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Sequence

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Decision, judge
from rateguard.domain.events import Event
from rateguard.domain.ports import Clock, MessageRecord, UnitOfWork, Units
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


def _nobody(_events: Sequence[Event]) -> None:
    """Announce nothing."""


@attrs.frozen
class JudgeSubmissions:
    """
    Charges and judges; all of a batch or nothing of it.

    Attributes:
        newcomer: The policy of senders seen for the first time.
        warn_at: Percent of the quota at which to warn; 0 never does.
        announce: Is told the events that a commit put into the outbox; never
            raises, or what is charged would pass for not charged.
    """

    units: Units
    clock: Clock
    newcomer: QuotaPolicy
    warn_at: int = 0
    announce: Callable[[Sequence[Event]], None] = _nobody

    def __call__(self, batch: Sequence[Submission]) -> list[Decision]:
        """
        Return a decision for each submission, in order; when this returns,
        every charge is durable. The order of the batch is the order in which
        submissions of one sender are charged.

        Raises:
            StoreConflict: nothing was charged; try the batch again.
            StoreUnavailable: as in ``UnitOfWork.commit``.
        """
        at = self.clock.now()
        with self.units() as unit:
            locked = unit.counters.lock(
                {submission.sender for submission in batch},
                default=self.newcomer,
                at=at,
                charging=batch,
            )
            judged = _Batch(
                counters={
                    sender: counter.in_force(at) for sender, counter in locked.items()
                },
                charges=unit.messages.charges(batch),
                at=at,
                warn_at=self.warn_at,
            )
            decisions = [judged.judge(submission) for submission in batch]
            judged.keep(unit)
            unit.commit()
        if judged.events:
            self.announce(judged.events)
        return decisions


@attrs.define
class _Batch:
    """What is known while the batch is judged, and what has to be kept of it."""

    counters: dict[str, SenderCounter]
    charges: dict[tuple[str, str], Charge]
    at: dt.datetime
    warn_at: int
    changed: set[str] = attrs.Factory(set)
    added: dict[object, MessageRecord] = attrs.Factory(dict)
    amended: dict[object, MessageRecord] = attrs.Factory(dict)
    events: list[Event] = attrs.Factory(list)

    def judge(self, submission: Submission) -> Decision:
        sender = submission.sender
        key = (sender, submission.transaction)
        earlier = self.charges.get(key) if submission.transaction else None
        judgement = judge(
            self.counters[sender],
            submission,
            at=self.at,
            earlier=earlier,
            warn_at=self.warn_at,
        )
        decision = judgement.decision
        if decision.repeated:
            return decision
        self.counters[sender] = judgement.counter
        self.changed.add(sender)
        if judgement.events:
            self.events.extend(judgement.events)
        record = MessageRecord(submission, decision, self.at)
        if not submission.transaction:
            self.added[len(self.added)] = record
            return decision
        self.charges[key] = Charge(submission.recipients, decision.verdict)
        if earlier is None:
            self.added[key] = record
        elif (first := self.added.get(key)) is not None:
            # Asked about twice within one batch: it is added as it would be
            # if it had been amended later.
            grown = attrs.evolve(first.submission, recipients=submission.recipients)
            self.added[key] = attrs.evolve(first, submission=grown, decision=decision)
        else:
            self.amended[key] = record
        return decision

    def keep(self, unit: UnitOfWork) -> None:
        if not self.changed:
            return
        unit.counters.save(
            [self.counters[sender] for sender in self.changed], at=self.at
        )
        if self.added:
            unit.messages.add(list(self.added.values()))
        if self.amended:
            unit.messages.amend(list(self.amended.values()))
        if self.events:
            unit.outbox.add(self.events)
