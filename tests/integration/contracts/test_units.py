"""All of a unit of work or nothing, and one after the other."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.ports import UnitOfWork
from tests.integration.contracts.acts import (
    POLICY,
    accepted,
    create,
    judging,
    mail,
)
from tests.integration.contracts.outboxes import LEASE, crossing, put, unfinished
from tests.integration.contracts.rig import NOON, SENDER, StoreRig


class OddsAndEndsError(Exception):
    """Something that no store knows."""


def do_everything(unit: UnitOfWork) -> None:
    """Write whatever a unit can write, commit nothing."""
    submission = mail("t1", recipients=3)
    counters = unit.counters.lock({SENDER, "new@b"}, default=POLICY, at=NOON)
    counter = counters[SENDER].charge(messages=1, recipients=3)
    unit.counters.save([counter], at=NOON)
    unit.messages.add([accepted(submission)])
    unit.messages.amend([accepted(mail("t0", recipients=9))])
    unit.messages.purge(before=NOON + dt.timedelta(days=1), limit=100)
    unit.counters.reset_chunk(after=0, limit=100)
    unit.resets.begin(NOON)
    unit.outbox.add([crossing("later")])
    (delivery,) = unit.outbox.claim("mail", now=NOON, lease=LEASE, limit=1)
    unit.outbox.delivered(delivery, at=NOON)
    unit.outbox.retry(None, now=NOON + LEASE)


def do_everything_and_fail(rig: StoreRig) -> None:
    with rig.units() as unit:
        do_everything(unit)
        raise OddsAndEndsError


class TestNotCommitted:
    def test_leaves_nothing(self, rig: StoreRig) -> None:
        """
        A unit that was not committed leaves no trace: no charge, no new
        counter, no message, no reset, no event, no claim.
        """
        judging(rig)([mail("t0", recipients=2)])
        put(rig, crossing())
        outbox = unfinished(rig)
        before = (rig.counters(), rig.messages(), rig.changed_at(SENDER))

        with rig.units() as unit:
            do_everything(unit)

        assert before == (rig.counters(), rig.messages(), rig.changed_at(SENDER))
        with rig.units() as unit:
            assert unit.resets.latest() is None
        assert outbox == unfinished(rig)

    def test_left_by_an_exception_leaves_nothing(self, rig: StoreRig) -> None:
        """An exception undoes the unit and passes through it."""
        judging(rig)([mail("t0", recipients=2)])
        put(rig, crossing())
        before = (rig.counters(), rig.messages(), unfinished(rig))

        with pytest.raises(OddsAndEndsError):
            do_everything_and_fail(rig)

        assert before == (rig.counters(), rig.messages(), unfinished(rig))

    def test_new_counters_are_gone(self, rig: StoreRig) -> None:
        """
        Counters made by a unit that was not committed are made anew by the
        next, with its policy.
        """
        with rig.units() as unit:
            unit.counters.lock({SENDER}, default=POLICY, at=NOON)

        assert rig.counters() == {}
        judging(rig, quota=7)([mail()])
        assert rig.counters()[SENDER].policy.quota == 7

    def test_is_seen_by_nobody(self, rig: StoreRig) -> None:
        """What a unit has done is seen from outside only once it is committed."""
        with rig.units() as unit:
            counters = unit.counters.lock({SENDER}, default=POLICY, at=NOON)
            charged = counters[SENDER].charge(messages=1, recipients=1)
            unit.counters.save([charged], at=NOON)
            assert rig.counters() == {}
            unit.commit()
            assert {SENDER: charged} == rig.counters()


class TestExclusive:
    def test_waiting_too_long_is_a_conflict(self, impatient_rig: StoreRig) -> None:
        """
        Who cannot have a counter because another unit holds it gets a
        conflict and nothing of its own is kept; the holder notices nothing,
        and after it the same batch succeeds.
        """
        create(impatient_rig, SENDER)
        judge = judging(impatient_rig)

        with impatient_rig.units() as holder:
            held = holder.counters.lock({SENDER}, default=POLICY, at=NOON)
            with pytest.raises(StoreConflict):
                judge([mail()])
            charged = held[SENDER].charge(messages=5, recipients=5)
            holder.counters.save([charged], at=NOON)
            holder.commit()

        assert {SENDER: charged} == impatient_rig.counters()
        assert impatient_rig.messages() == []
        assert [decision.recipients for decision in judge([mail()])] == [6]


class TestAway:
    def test_a_store_that_is_away_is_unavailable(self, away_rig: StoreRig) -> None:
        """A store that cannot be reached says so when a unit begins, every time."""
        for _ in range(3):
            with pytest.raises(StoreUnavailable), away_rig.units():
                pass
