"""
Delete old messages from the message log, a chunk at a time.
"""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.ports import Units


@attrs.frozen
class PurgeMessages:
    """
    Purges in short units of work, so that no decision waits.

    Attributes:
        chunk: Messages per unit of work.
    """

    units: Units
    chunk: int = 500

    def step(self, *, before: dt.datetime) -> int:
        """
        Delete one chunk of the messages judged before *before*.

        Returns:
            How many were deleted; 0 when none are left.
        """
        with self.units() as unit:
            deleted = unit.messages.purge(before=before, limit=self.chunk)
            unit.commit()
        return deleted
