"""A new period for every sender, a chunk at a time."""

from __future__ import annotations

import attrs

from rateguard.domain.counter import SenderCounter
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.cleanup import ResetCounters
from tests.integration.contracts.acts import POLICY, create, judging, keep, mail
from tests.integration.contracts.resetting import MIDNIGHT, SENDERS, fill, finish, used
from tests.integration.contracts.rig import SENDER, HandClock, StoreRig


class TestWholeReset:
    def test_counters_begin_anew_and_totals_stay(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """
        Every counter is at 0, every total stays, however the chunks fall; one
        step more than there are chunks finds none left and ends the run.
        """
        fill(rig)
        reset = ResetCounters(rig.units, clock, chunk=3)

        steps = finish(reset, reset.begin(period_start=MIDNIGHT))

        assert steps == 4
        assert {
            sender: SenderCounter(sender, POLICY, 0, 0, 5, 6) for sender in SENDERS
        } == rig.counters()

    def test_quota_returns_unless_it_is_locked(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """
        The quota becomes ``quota_reset``; a locked one stays, though its
        counters are reset. So it is for senders that sent nothing.
        """
        senders = [f"{name}@example.com" for name in ("free", "locked", "idle")]
        create(rig, *senders)
        keep(rig, used(senders[0]), used(senders[1]))
        edited = QuotaPolicy(quota=7, quota_reset=20)
        locked = attrs.evolve(edited, locked=True)
        for sender, policy in zip(senders, (edited, locked, edited), strict=True):
            rig.set_policy(sender, policy)
        reset = ResetCounters(rig.units, clock)

        finish(reset, reset.begin(period_start=MIDNIGHT))

        free, kept, idle = (rig.counters()[sender] for sender in senders)
        assert free == SenderCounter(senders[0], QuotaPolicy.of(20), 0, 0, 5, 6)
        assert kept == SenderCounter(senders[1], locked, 0, 0, 5, 6)
        assert idle == SenderCounter(senders[2], QuotaPolicy.of(20))

    def test_is_no_change(self, rig: StoreRig, clock: HandClock) -> None:
        """The time of a counter's last change is that of its last message."""
        judging(rig, clock)([mail()])
        before = rig.changed_at(SENDER)
        clock.pass_by(days=1)
        reset = ResetCounters(rig.units, clock)

        finish(reset, reset.begin(period_start=clock.time))

        assert rig.counters()[SENDER].messages == 0
        assert before == rig.changed_at(SENDER)

    def test_of_an_empty_store(self, rig: StoreRig, clock: HandClock) -> None:
        """Nobody to reset is a run that ends at once."""
        reset = ResetCounters(rig.units, clock)

        assert finish(reset, reset.begin(period_start=MIDNIGHT)) == 1

    def test_a_sender_may_send_again(self, rig: StoreRig, clock: HandClock) -> None:
        """Who was over quota is admitted after the reset, and crosses anew."""
        judge = judging(rig, clock, quota=1)
        before = judge([mail(), mail(), mail()])
        reset = ResetCounters(rig.units, clock)

        finish(reset, reset.begin(period_start=MIDNIGHT))

        after = judge([mail(), mail(), mail()])
        assert before == after
