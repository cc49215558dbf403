"""See from above what is kept."""

from __future__ import annotations

import attrs

from rateguard.domain.ports import Clock, Survey, Units


@attrs.frozen
class SurveyStore:
    """Reads and changes nothing."""

    units: Units
    clock: Clock

    def __call__(self) -> Survey:
        """
        Return what there is.

        Raises:
            StoreError: it cannot be read.
        """
        with self.units() as unit:
            return Survey(
                unit.reports.totals(at=self.clock.now()),
                unit.outbox.waiting(),
                unit.resets.latest(),
            )
