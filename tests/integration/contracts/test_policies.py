"""Counters: what an operator orders."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.decision import Reason
from rateguard.domain.orders import SUSPEND, SetQuota
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.usecases.cleanup import ResetCounters
from rateguard.domain.usecases.manage import ManageSenders
from tests.integration.contracts.acts import (
    LOOKALIKES,
    POLICY,
    create,
    judging,
    mail,
    together,
)
from tests.integration.contracts.resetting import MIDNIGHT, finish
from tests.integration.contracts.rig import NOON, SENDER, HandClock, StoreRig


HOUR = dt.timedelta(hours=1)
BEN = "ben@example.com"


def give(rig: StoreRig, policy: QuotaPolicy, sender: str = SENDER) -> None:
    """Keep this policy, in a unit."""
    with rig.units() as unit:
        (counter,) = unit.counters.lock({sender}, default=POLICY, at=NOON).values()
        counter = attrs.evolve(counter, policy=policy)
        unit.counters.set_policies([counter])
        unit.commit()


class TestFind:
    def test_is_of_those_that_there_are(self, rig: StoreRig) -> None:
        """However alike their names; nobody is made."""
        create(rig, *LOOKALIKES[::2])

        with rig.units() as unit:
            found = unit.counters.find(LOOKALIKES)
            unit.commit()

        assert set(LOOKALIKES[::2]) == set(found) == set(rig.counters())

    def test_holds_them(self, rig: StoreRig) -> None:
        """Thirty changes at once are thirty."""
        create(rig, SENDER)

        def charge() -> None:
            with rig.units() as unit:
                found = unit.counters.find({SENDER})
                charged = found[SENDER].charge(messages=1, recipients=2)
                unit.counters.save([charged], at=NOON)
                unit.commit()

        together([charge] * 30)

        assert rig.counters()[SENDER].recipients == 60


class TestPolicy:
    @pytest.mark.parametrize(
        "policy",
        [
            QuotaPolicy(1, 2, locked=True),
            QuotaPolicy(0, COUNTER_MAX, suspended=True),
            QuotaPolicy(5, 5, raised=Raise(COUNTER_MAX)),
            QuotaPolicy(5, 5, raised=Raise(9, NOON + HOUR)),
        ],
    )
    def test_reads_back(self, rig: StoreRig, policy: QuotaPolicy) -> None:
        """All of it, and it takes the place of the one before."""
        give(rig, QuotaPolicy(3, 4, True, True, Raise(8, NOON + HOUR)))
        give(rig, policy)

        assert policy == rig.counters()[SENDER].policy

    def test_is_all_that_changes(self, rig: StoreRig) -> None:
        """Counts stay as they are."""
        judging(rig)([mail(recipients=4)])
        before = rig.counters()[SENDER]
        give(rig, QuotaPolicy.of(7))

        assert attrs.evolve(before, policy=QuotaPolicy.of(7)) == rig.counters()[SENDER]

    def test_holds_from_the_next_message_on(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """A raise to its end, and not beyond; a suspended sender not at all."""
        judge = judging(rig, clock, quota=5)
        judge([mail("1", 5)])
        give(rig, QuotaPolicy(5, 5, raised=Raise(8, NOON + HOUR)))
        (raised,) = judge([mail("2", 2)])
        clock.pass_by(hours=1)
        (ended,) = judge([mail("3", 1)])
        give(rig, QuotaPolicy(99, 99, suspended=True))
        (suspended,) = judge([mail("4", 1)])

        assert (raised.reason, raised.quota) == (Reason.WITHIN_QUOTA, 8)
        assert (ended.reason, ended.quota) == (Reason.OVER_QUOTA, 5)
        assert (suspended.reason, suspended.quota) == (Reason.SUSPENDED, 99)

    def test_after_a_reset(self, rig: StoreRig, clock: HandClock) -> None:
        """
        A raise without an end is over, one with an end is not, nor is a
        suspension.
        """
        kept = Raise(8, NOON + 99 * HOUR)
        give(rig, QuotaPolicy(5, 6, raised=Raise(8)), "a")
        give(rig, QuotaPolicy(5, 6, True, True, kept), "b")
        reset = ResetCounters(rig.units, clock, chunk=9)
        finish(reset, reset.begin(period_start=MIDNIGHT))

        found = rig.counters()
        assert QuotaPolicy(6, 6) == found["a"].policy
        assert QuotaPolicy(5, 6, True, True, kept) == found["b"].policy


class TestRemove:
    def test_forgets_the_sender_and_keeps_the_messages(self, rig: StoreRig) -> None:
        """Its next message creates it again; others are left alone."""
        judging(rig)([mail("1", 4), mail("2", 5, "ben@example.com")])
        with rig.units() as unit:
            unit.counters.find({SENDER})
            unit.counters.remove([SENDER], let_go=0)
            unit.commit()

        assert {"ben@example.com"} == set(rig.counters())
        assert [4, 5] == [kept.recipients for kept in rig.messages()]
        judging(rig, quota=7)([mail("3", 2)])
        again = rig.counters()[SENDER]
        assert (QuotaPolicy.of(7), 2, 2) == (
            again.policy,
            again.recipients,
            again.recipients_total,
        )


class TestLetGo:
    def test_goes_by_all_messages_in_chunks(self, rig: StoreRig) -> None:
        """
        Every message of the sender is nobody's in the end, those of others
        are not; what came meanwhile goes with the sender.
        """
        judge = judging(rig)
        judge([mail(f"{n}", n + 1, SENDER if n % 2 else BEN) for n in range(7)])
        position, steps = 0, 0
        while True:
            with rig.units() as unit:
                unit.counters.find({SENDER})
                reached = unit.messages.let_go(SENDER, after=position, limit=3)
                unit.commit()
            if reached is None:
                break
            position, steps = reached, steps + 1
        judge([mail("8", 30)])
        with rig.units() as unit:
            unit.counters.find({SENDER})
            unit.counters.remove([SENDER], let_go=position)
            unit.commit()

        assert steps == 3
        assert len(rig.messages()) == 8
        judge([mail("9", 40)])
        with rig.units() as unit:
            recent = unit.messages.recent(SENDER, limit=9)
            others = unit.messages.recent(BEN, limit=9)
        assert [each.recipients for each in recent] == [40]
        assert [each.recipients for each in others] == [7, 5, 3, 1]

    def test_of_nothing_ends_at_once(self, rig: StoreRig) -> None:
        """No messages, or none behind."""
        create(rig, SENDER)
        with rig.units() as unit:
            unit.counters.find({SENDER})
            assert unit.messages.let_go(SENDER, after=0, limit=3) is None


class TestOrders:
    def test_are_not_lost_beside_charges(self, rig: StoreRig) -> None:
        """Twenty charges and two orders at once: all are there in the end."""
        create(rig, SENDER)
        judge = judging(rig)
        manage = ManageSenders(rig.units, HandClock(), POLICY, "root")
        together(
            [
                *[lambda: judge([mail(recipients=2)])] * 20,
                lambda: manage(SENDER, SetQuota(77)),
                lambda: manage(SENDER, SUSPEND),
            ]
        )

        counter = rig.counters()[SENDER]
        assert QuotaPolicy(77, 77, suspended=True) == counter.policy
        assert (20, 40) == (counter.messages, counter.recipients)
