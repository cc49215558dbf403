"""
Delete notifications that were delivered or given up, a chunk at a time.
"""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.ports import Units


@attrs.frozen
class PurgeNotifications:
    """
    Purges in short units of work, so that no decision waits.

    Attributes:
        chunk: Notifications per unit of work.
    """

    units: Units
    chunk: int = 500

    def step(self, *, before: dt.datetime) -> int:
        """
        Delete one chunk of those that ended before *before*.

        Returns:
            How many were deleted; 0 when none are left.
        """
        with self.units() as unit:
            deleted = unit.outbox.purge(before=before, limit=self.chunk)
            unit.commit()
        return deleted
