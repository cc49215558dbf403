"""
See from above what is kept.
"""

from __future__ import annotations

import attrs

from rateguard.domain.ports import Survey, Units


@attrs.frozen
class SurveyStore:
    """
    Reads and changes nothing.
    """

    units: Units

    def __call__(self) -> Survey:
        """
        Return what there is.

        Raises:
            StoreError: it cannot be read.
        """
        with self.units() as unit:
            return Survey(None, {}, unit.resets.latest())
