"""That QUOTA is of new senders."""

from __future__ import annotations

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import Totals
from rateguard.entrypoints.cli.service import hint
from tests.unit.doubles import NOON


def hinted(quotas: list[int], quota: int, *, counted: bool = False) -> str:
    """Return what is said where senders have these quotas."""
    store = MemoryStore()
    with store() as unit:
        for number, each in enumerate(quotas):
            policy = QuotaPolicy(each, 9)
            unit.counters.lock({str(number)}, default=policy, at=NOON)
        unit.commit()
    with store() as unit:
        totals = unit.reports.totals(at=NOON, quota=quota) if counted else None
        return hint(unit, quota, totals)


class TestHint:
    @pytest.mark.parametrize("counted", [False, True])
    @pytest.mark.parametrize(
        ("quotas", "begin"),
        [
            (
                [100, 100, 50],
                "2 senders have a quota of 100; QUOTA applies only to new senders; ",
            ),
            ([100], "1 sender has a quota of 100; "),
            ([50, 50, 100], ""),
            ([], ""),
        ],
    )
    def test_tells_of_what_most_have(
        self, quotas: list[int], begin: str, counted: bool
    ) -> None:
        """With the command that changes it; nothing where that is QUOTA."""
        found = hinted(quotas, 50, counted=counted)

        assert found.startswith(begin)
        command = "rateguard sender set --quota-was 100 --quota 50"
        assert begin == "" == found or found.endswith(f"; {command}")

    def test_counts_no_quotas_where_half_have_it(self) -> None:
        """A million senders are not read twice."""
        with MemoryStore()() as unit:
            assert "" == hint(unit, 50, Totals(2, 0, 0, 1))
