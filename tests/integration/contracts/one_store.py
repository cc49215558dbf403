"""A store that is acted upon, and what came of it."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.errors import OrderRefused, UnknownSender
from rateguard.domain.orders import Order
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import MessageQuery, SenderQuery
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.cleanup import PurgeMessages, ResetCounters
from rateguard.domain.usecases.manage import ManageSenders
from tests.integration.contracts.acts import POLICY, accepted
from tests.integration.contracts.rig import MOST_RECIPIENTS, HandClock, StoreRig


class OneStore:
    """A store, and how far its reset has come."""

    def __init__(self, rig: StoreRig, clock: HandClock) -> None:
        self.rig = rig
        self.clock = clock

    def reset(self, *, period_start: dt.datetime, steps: int, chunk: int) -> list[bool]:
        """Go some steps of a reset; whether it was over after each."""
        reset = ResetCounters(self.rig.units, self.clock, chunk=chunk)
        run = reset.begin(period_start=period_start)
        over: list[bool] = []
        while run.finished_at is None and len(over) < steps:
            run = reset.step(run)
            over.append(run.finished_at is not None)
        return over

    def purge(self, *, before: dt.datetime, chunk: int) -> int:
        """Delete all that is older; how many there were."""
        purge, total = PurgeMessages(self.rig.units, chunk=chunk), 0
        while deleted := purge.step(before=before):
            total += deleted
        return total

    def abandon(self, batch: list[Submission]) -> list[str]:
        """Do what judging does, and leave without a commit."""
        with self.rig.units() as unit:
            senders = {submission.sender for submission in batch}
            counters = unit.counters.lock(senders, default=POLICY, at=self.clock.time)
            found = [repr(counters[submission.sender]) for submission in batch]
            unit.counters.save(
                [each.charge(messages=9, recipients=9) for each in counters.values()],
                at=self.clock.time,
            )
            unit.messages.add([accepted(submission) for submission in batch])
        return found

    def order(self, sender: str, order: Order, create: bool) -> str:
        """Have an operator's order carried out; what came of it."""
        manage = ManageSenders(self.rig.units, self.clock, POLICY, "root")
        try:
            return repr(manage(sender, order, create=create))
        except OrderRefused as refused:
            return str(refused)

    def remove(self, sender: str) -> str:
        """Have a sender forgotten; what came of it."""
        manage = ManageSenders(self.rig.units, self.clock, POLICY, "root")
        try:
            return repr(manage.remove(sender, let_go=0))
        except OrderRefused as refused:
            return str(refused)

    def report(self, query: SenderQuery, since: dt.datetime) -> list[object]:
        """Look at everything."""
        at = self.clock.time
        with self.rig.units() as unit:
            reports = unit.reports
            try:
                senders = [repr(each.counter) for each in reports.senders(query, at=at)]
            except UnknownSender as unknown:
                senders = [str(unknown)]
            return [
                senders,
                reports.count(query, at=at),
                reports.totals(at=at),
                [
                    attrs.evolve(
                        each, recipients=min(each.recipients, MOST_RECIPIENTS), id=0
                    )
                    for each in reports.messages(
                        MessageQuery(since, blocked=query.over_quota)
                    )
                ],
                [
                    (sender, traffic.messages)
                    for sender, traffic in reports.blocked(since=since, limit=3)
                ],
                [
                    (traffic.messages, traffic.blocked)
                    for traffic in reports.traffic(
                        [since + dt.timedelta(minutes=each) for each in (0, 1, 2, 60)]
                    )
                ],
                unit.history.find(sender="", limit=9),
            ]

    def set_policy(self, sender: str, policy: QuotaPolicy) -> bool:
        """Edit the policy of a sender if there is one."""
        known = sender in self.rig.counters()
        if known:
            self.rig.set_policy(sender, policy)
        return known
