"""The outbox: what ended long ago goes, a chunk at a time."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.integration.contracts.acts import together
from tests.integration.contracts.outboxes import (
    SECOND,
    claim,
    delivered,
    end_all,
    purge,
    put_each,
    senders,
    unfinished,
)
from tests.integration.contracts.rig import NOON, StoreRig


DAY = dt.timedelta(days=1)


class TestPurge:
    def test_only_what_ended_before_goes(self, rig: StoreRig) -> None:
        """Delivered or given up; what ended at the very time stays."""
        put_each(rig, "a", "b")
        end_all(rig, at=NOON)
        put_each(rig, "c", "d", at=NOON + SECOND)
        end_all(rig, at=NOON + SECOND)

        assert purge(rig, before=NOON) == 0
        assert purge(rig, before=NOON + SECOND) == 2
        assert senders(unfinished(rig)) == ["c"]
        assert purge(rig, before=NOON + 2 * SECOND) == 2
        assert unfinished(rig) == []

    def test_what_waits_stays(self, rig: StoreRig) -> None:
        """However old it is, claimed or not."""
        put_each(rig, "a", "b")
        claim(rig, limit=1)

        assert purge(rig, before=NOON + 99 * DAY) == 0
        assert len(unfinished(rig)) == 2

    @pytest.mark.parametrize("limit", [3, 500])
    def test_no_unit_takes_more_than_a_chunk(self, rig: StoreRig, limit: int) -> None:
        """When fewer than the chunk were deleted none is left."""
        put_each(rig, *"abcdefgh")
        end_all(rig, at=NOON)

        deleted = [purge(rig, before=NOON + DAY, limit=limit) for _ in range(4)]

        assert deleted == ([3, 3, 2, 0] if limit == 3 else [8, 0, 0, 0])

    def test_beside_the_work_disturbs_nobody(self, rig: StoreRig) -> None:
        """
        Old ones go while new ones are claimed and delivered: none of these is
        lost, and none is left.
        """
        put_each(rig, *map(str, range(60)))
        end_all(rig, at=NOON)
        put_each(rig, *map(str, range(60)), at=NOON + DAY)

        def deliver_all() -> list[str]:
            found = []
            while claimed := claim(rig, now=NOON + DAY, limit=4):
                for each in claimed:
                    delivered(rig, each, NOON + DAY)
                found += senders(claimed)
            return found

        def purge_all() -> list[str]:
            while purge(rig, before=NOON + DAY, limit=7):
                pass
            return []

        done, _ = together([deliver_all, purge_all])

        assert [str(number) for number in range(60)] == done
        assert unfinished(rig) == []
        assert purge(rig, before=NOON + 2 * DAY) == 60
