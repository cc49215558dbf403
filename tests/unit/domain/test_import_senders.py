"""Senders of another program are taken over."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import COUNTER_MAX, SenderCounter
from rateguard.domain.orders import Arrival, Change, FieldChange
from rateguard.domain.ports import Units
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.usecases.import_ import Imported, ImportSenders
from tests.unit.domain.strategies import counts, policies
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON, HandClock


NEWCOMER = QuotaPolicy.of(1000)

arrivals = st.builds(
    Arrival, st.just("jane"), quota=counts, own=st.booleans(), messages=counts,
    recipients=counts,
)  # fmt: skip


def importing(units: Units, **options: bool) -> ImportSenders:
    return ImportSenders(units, HandClock(), NEWCOMER, "ann", "moving", **options)


def take(store: MemoryStore, *arrivals: Arrival, force: bool = False) -> list[Imported]:
    return importing(store, force=force).step(arrivals)


def jane(store: MemoryStore) -> SenderCounter:
    counter = store.counter("jane")
    assert counter is not None
    return counter


def with_jane(counter: SenderCounter) -> MemoryStore:
    store = MemoryStore()
    with store() as unit:
        unit.counters.lock(["jane"], default=NEWCOMER, at=NOON)
        unit.counters.save([counter], at=NOON)
        unit.counters.set_policies([counter])
        unit.commit()
    return store


def history(store: MemoryStore) -> list[Change]:
    with store() as unit:
        return unit.history.find(sender="", limit=99)


class TestArrival:
    def test_brings_quota_and_counters(self) -> None:
        """
        A sender not seen yet has the quota and the counts of the other
        program, and there is a record of it.
        """
        store = MemoryStore()

        take(store, Arrival("jane", 50, messages=3, recipients=7))

        assert SenderCounter("jane", QuotaPolicy.of(50), 3, 7, 3, 7) == jane(store)
        (change,) = history(store)
        assert ("ann", "import", "jane", "moving") == (
            *(change.by, change.action, change.sender, change.reason),
        )
        assert FieldChange("quota", "1000", "50") in change.fields
        assert FieldChange("recipients", "0", "7") in change.fields

    def test_adds_to_the_totals_what_it_adds_to_the_counters(self) -> None:
        """What was sent before is not forgotten."""
        store = with_jane(SenderCounter("jane", NEWCOMER, 4, 5, 10, 20))

        take(store, Arrival("jane", 1000, messages=6, recipients=3))

        assert SenderCounter("jane", NEWCOMER, 6, 5, 12, 20) == jane(store)

    @given(policies, st.tuples(counts, counts), arrivals, st.booleans())
    def test_never_lowers_a_counter_and_a_second_changes_nothing(
        self, policy: QuotaPolicy, used: tuple[int, int], arrival: Arrival, force: bool
    ) -> None:
        """Whatever was there, whatever arrives."""
        store = with_jane(SenderCounter("jane", policy, *used, *used))

        take(store, arrival, force=force)
        after, recorded = jane(store), history(store)
        (again,) = take(store, arrival, force=force)

        assert max(used[0], arrival.messages) == after.messages
        assert max(used[1], arrival.recipients) == after.recipients
        assert () == again.change.fields
        assert (after, recorded) == (jane(store), history(store))

    def test_beyond_what_counts(self) -> None:
        """Counters stop where they always do."""
        store = MemoryStore()

        take(store, Arrival("jane", COUNTER_MAX, messages=2**40, recipients=2**40))

        assert COUNTER_MAX == jane(store).recipients == jane(store).policy.quota


class TestQuotaSetHere:
    @pytest.mark.parametrize(
        "policy", [QuotaPolicy(9, 1000), QuotaPolicy.of(9), QuotaPolicy(9, 9, True)]
    )
    @pytest.mark.parametrize("own", [True, False])
    def test_stays(self, policy: QuotaPolicy, own: bool) -> None:
        """
        An operator's word here is newer. It is told, unless the other program
        had no word of its own on this sender.
        """
        store = with_jane(SenderCounter("jane", policy))

        arrival = Arrival("jane", 50, own=own)
        (imported,) = importing(store).step([arrival])

        assert policy == jane(store).policy
        assert (9 if own else None) == imported.kept
        assert [] == history(store)

    def test_is_set_if_forced(self) -> None:
        """And a lock stays one."""
        store = with_jane(SenderCounter("jane", QuotaPolicy(9, 1000, locked=True)))

        (imported,) = take(store, Arrival("jane", 50, own=True), force=True)

        assert QuotaPolicy(50, 50, locked=True) == jane(store).policy
        assert imported.kept is None

    def test_of_the_same_number_is_left_with_its_raise(self) -> None:
        """There is nothing to force."""
        policy = QuotaPolicy(50, 50, raised=Raise(90))
        store = with_jane(SenderCounter("jane", policy))

        (imported,) = take(store, Arrival("jane", 50, own=True), force=True)

        assert (policy, None) == (jane(store).policy, imported.kept)

    def test_is_never_forced_to_that_of_everybody(self) -> None:
        """The other program had nothing to say on this sender."""
        store = with_jane(SenderCounter("jane", QuotaPolicy.of(9)))

        take(store, Arrival("jane", 50), force=True)

        assert QuotaPolicy.of(9) == jane(store).policy


def test_a_dry_run_tells_the_same_and_keeps_nothing() -> None:
    """Neither a sender nor a record."""
    arrivals = [Arrival("jane", 50, own=True, messages=3), Arrival("joe", 70)]
    dry, wet = MemoryStore(), MemoryStore()

    told = importing(dry, dry_run=True).step(arrivals)

    assert told == take(wet, *arrivals)
    assert dry.counter("jane") is None
    assert [] == history(dry)


@pytest.mark.parametrize("call", ["save", "set_policies", "commit"])
def test_a_chunk_is_done_or_not(call: str) -> None:
    """Counters, quotas and record are one."""
    store = MemoryStore()
    watched = WatchedUnits(store, failing=call)

    with pytest.raises(RuntimeError):
        importing(watched).step([Arrival("jane", 50, messages=3)])

    assert store.counter("jane") is None
    assert [] == history(store)
