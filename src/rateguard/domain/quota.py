"""
What a sender is allowed.
"""

from __future__ import annotations

import attrs

from rateguard.domain.value import value


@value
class QuotaPolicy:
    """
    The operator's word on one sender.

    Attributes:
        quota:
            How many messages, and how many recipients, are admitted until the
            next reset. 0 admits none.

        quota_reset: What *quota* becomes at the next reset.

        locked: The reset leaves *quota* alone.
    """

    quota: int
    quota_reset: int
    locked: bool = False

    @classmethod
    def of(cls, quota: int) -> QuotaPolicy:
        """
        Return the policy of a sender seen for the first time.
        """
        return cls(quota=quota, quota_reset=quota)

    def after_reset(self) -> QuotaPolicy:
        """
        Return the policy that holds after the period's end.
        """
        if self.locked:
            return self
        return attrs.evolve(self, quota=self.quota_reset)
