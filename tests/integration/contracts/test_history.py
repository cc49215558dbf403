"""What operators did."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.orders import Change, FieldChange
from tests.integration.contracts.acts import HARD_TEXTS, LOOKALIKES
from tests.integration.contracts.rig import NOON, SENDER, StoreRig


def change(number: int, sender: str = SENDER) -> Change:
    at = NOON + dt.timedelta(seconds=number)
    fields = (FieldChange("quota", "10", str(number)),)
    return Change(at, "root", "set", sender, fields, "because")


def add(rig: StoreRig, *changes: Change) -> None:
    with rig.units() as unit:
        unit.history.add(changes)
        unit.commit()


def find(rig: StoreRig, sender: str = "", limit: int = 99) -> list[Change]:
    with rig.units() as unit:
        return unit.history.find(sender=sender, limit=limit)


class TestHistory:
    @pytest.mark.parametrize("text", HARD_TEXTS, ids=ascii)
    def test_reads_back(self, rig: StoreRig, text: str) -> None:
        """Who, when, what, why, in whatever letters."""
        fields = (FieldChange("quota", text, ""), FieldChange("locked", "", text))
        kept = Change(NOON, text, "set", text, fields, text)
        add(rig, kept)

        assert [kept] == find(rig)

    def test_is_newest_first_and_no_more_than_the_limit(self, rig: StoreRig) -> None:
        """Also within a unit."""
        add(rig, change(1), change(2))
        add(rig, change(3))

        assert [change(3), change(2), change(1)] == find(rig)
        assert [change(3), change(2)] == find(rig, limit=2)

    def test_is_of_one_sender(self, rig: StoreRig) -> None:
        """However alike their names."""
        add(rig, *[change(number, name) for number, name in enumerate(LOOKALIKES)])

        for number, name in enumerate(LOOKALIKES):
            assert [change(number, name)] == find(rig, name)
        assert find(rig, "stranger@example.com") == []

    def test_of_a_unit_that_is_not_committed_is_none(self, rig: StoreRig) -> None:
        """What was not done is not told."""
        with rig.units() as unit:
            unit.history.add([change(1)])

        assert find(rig) == []
