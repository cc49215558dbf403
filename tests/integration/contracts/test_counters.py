"""The counters of one unit of work after the other."""

from __future__ import annotations

import attrs
import pytest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rateguard.domain.counter import COUNTER_MAX, SenderCounter
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import MAX_SENDER_LENGTH, sender_key
from tests.integration.contracts.acts import (
    HARD_TEXTS,
    LOOKALIKES,
    POLICY,
    create,
    judging,
    keep,
    mail,
)
from tests.integration.contracts.rig import NOON, SENDER, HandClock, StoreRig


SENDERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(sender_key)


def numbered(senders: list[str]) -> list[SenderCounter]:
    """Return counters whose counts are all different."""
    return [
        SenderCounter(sender, POLICY, 4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3)
        for i, sender in enumerate(senders)
    ]


def assert_read_back(rig: StoreRig, counters: list[SenderCounter]) -> None:
    """From outside and by the next unit."""
    expected = {counter.sender: counter for counter in counters}
    assert expected == rig.counters()
    with rig.units() as unit:
        assert expected == unit.counters.lock(
            set(expected), default=QuotaPolicy.of(1), at=NOON
        )


class TestLock:
    def test_makes_missing_counters(self, rig: StoreRig) -> None:
        """
        A sender without a counter gets one that has counted nothing, with the
        default policy; one that has a counter keeps it, policy and all.
        """
        known = SenderCounter(SENDER, POLICY, 1, 2, 3, 4)
        keep(rig, known)

        with rig.units() as unit:
            locked = unit.counters.lock(
                {SENDER, "new@b"}, default=QuotaPolicy.of(5), at=NOON
            )
            unit.commit()

        new = SenderCounter("new@b", QuotaPolicy.of(5))
        assert {SENDER: known, "new@b": new} == locked
        assert locked == rig.counters()

    def test_returns_only_what_was_asked_for(self, rig: StoreRig) -> None:
        """Counters of others are not in the answer."""
        create(rig, "a", "b", "c")

        with rig.units() as unit:
            assert {"b"} == set(unit.counters.lock({"b"}, default=POLICY, at=NOON))

    def test_of_nobody(self, rig: StoreRig) -> None:
        """No senders, no counters."""
        with rig.units() as unit:
            assert unit.counters.lock(set(), default=POLICY, at=NOON) == {}


class TestSave:
    @pytest.mark.parametrize("name", HARD_TEXTS, ids=ascii)
    def test_any_name_reads_back(self, rig: StoreRig, name: str) -> None:
        """Any Unicode is a sender, up to 255 characters of it."""
        keep(rig, *numbered([name]))

        assert_read_back(rig, numbered([name]))

    def test_lookalikes_are_different_senders(self, rig: StoreRig) -> None:
        """Case, accents and composition tell senders apart."""
        counters = numbered(list(LOOKALIKES))
        keep(rig, *counters)

        assert_read_back(rig, counters)

    @settings(
        deadline=None,
        max_examples=20,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(senders=st.lists(SENDERS, unique=True, max_size=20))
    def test_all_senders_read_back(self, rig: StoreRig, senders: list[str]) -> None:
        """Whatever the keys of senders are, none is taken for another."""
        assert all(len(sender) <= MAX_SENDER_LENGTH for sender in senders)
        rig.clear()
        keep(rig, *numbered(senders))

        assert_read_back(rig, numbered(senders))

    def test_of_many_at_once(self, rig: StoreRig) -> None:
        """A unit may be as large as the largest batch and keeps them apart."""
        counters = numbered([f"sender-{i}" for i in range(512)])
        keep(rig, *counters)

        assert_read_back(rig, counters)

    def test_never_writes_the_policy(self, rig: StoreRig) -> None:
        """
        The policy belongs to the operator: what was edited between two units
        stays, though the second saves a counter that the first has read.
        """
        stale = SenderCounter(SENDER, POLICY, 1, 2, 3, 4)
        keep(rig, stale)
        edited = QuotaPolicy(quota=7, quota_reset=8, locked=True)
        rig.set_policy(SENDER, edited)

        charged = stale.charge(messages=1, recipients=1)
        keep(rig, charged)

        assert_read_back(rig, [attrs.evolve(charged, policy=edited)])

    def test_tells_the_time_of_the_change(self, rig: StoreRig) -> None:
        """
        A counter was changed when the caller says so, whatever the store's
        own clock says.
        """
        clock = HandClock()
        judging(rig, clock)([mail()])
        clock.pass_by(hours=5)
        judging(rig, clock)([mail()])

        assert rig.changed_at(SENDER) in {None, clock.time}

    def test_counters_stop_at_the_largest_number(self, rig: StoreRig) -> None:
        """At 4294967295 a counter stays where it is; the sender is still judged."""
        most = SenderCounter(SENDER, POLICY, *[COUNTER_MAX - 1] * 4)
        keep(rig, most)

        judging(rig)([mail(recipients=COUNTER_MAX)])
        judging(rig)([mail()])

        assert_read_back(rig, [SenderCounter(SENDER, POLICY, *[COUNTER_MAX] * 4)])

    def test_an_edited_policy_holds_for_the_next_message(self, rig: StoreRig) -> None:
        """What the operator sets is what the next unit reads."""
        judge = judging(rig, quota=1)
        judge([mail()])
        rig.set_policy(SENDER, QuotaPolicy.of(2))

        assert [decision.quota for decision in judge([mail()])] == [2]
