"""Old messages go, a chunk at a time."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.usecases.cleanup import PurgeMessages
from tests.integration.contracts.acts import accepted, judging, log, mail
from tests.integration.contracts.rig import NOON, HandClock, StoreRig


HOUR = dt.timedelta(hours=1)


def fill(rig: StoreRig, *, hours: int) -> None:
    """Log a message an hour, the youngest at noon, named by their age."""
    for age in reversed(range(hours)):
        log(rig, attrs.evolve(accepted(mail(f"{age}")), at=NOON - age * HOUR))


def ages(rig: StoreRig) -> set[int]:
    return {int(kept.transaction) for kept in rig.messages()}


class TestPurge:
    def test_only_older_messages_go(self, rig: StoreRig) -> None:
        """What was judged at the very time stays, what came before goes."""
        fill(rig, hours=6)

        assert PurgeMessages(rig.units).step(before=NOON - 3 * HOUR) == 2
        assert {0, 1, 2, 3} == ages(rig)

    def test_no_unit_takes_more_than_a_chunk(self, rig: StoreRig) -> None:
        """
        Each unit deletes at most a chunk and says how many; when fewer than
        the chunk were deleted none is left.
        """
        fill(rig, hours=8)
        purge = PurgeMessages(rig.units, chunk=3)
        left = []

        deleted = []
        for _ in range(4):
            deleted.append(purge.step(before=NOON))
            left.append(len(rig.messages()))

        assert deleted == [3, 3, 1, 0]
        assert left == [5, 2, 1, 1]

    def test_nothing_to_purge(self, rig: StoreRig) -> None:
        """An empty log, or one of young messages, loses nothing."""
        purge = PurgeMessages(rig.units)

        assert purge.step(before=NOON) == 0
        fill(rig, hours=2)
        assert purge.step(before=NOON - 10 * HOUR) == 0
        assert {0, 1} == ages(rig)

    def test_the_order_of_adding_does_not_matter(self, rig: StoreRig) -> None:
        """The age of a message is when it was judged, not when it was added."""
        log(rig, accepted(mail("0")))
        log(rig, attrs.evolve(accepted(mail("9")), at=NOON - 9 * HOUR))

        assert PurgeMessages(rig.units, chunk=1).step(before=NOON - HOUR) == 1
        assert {0} == ages(rig)

    def test_counters_stay(self, rig: StoreRig) -> None:
        """Forgetting messages gives nobody anything back."""
        clock = HandClock()
        judging(rig, clock)([mail("0", recipients=3)])
        before = rig.counters()

        PurgeMessages(rig.units).step(before=NOON + HOUR)

        assert rig.messages() == []
        assert before == rig.counters()
