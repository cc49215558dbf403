"""What a sender is allowed."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.value import value


@value
class Raise:
    """
    A quota for a while.

    Attributes:
        until: Its end, aware UTC; None is the next reset. One with an end
            outlasts resets until then.
    """

    quota: int
    until: dt.datetime | None = None

    def holds(self, at: dt.datetime) -> bool:
        return self.until is None or at < self.until


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
        suspended: Nothing of this sender is admitted until it is released.
        raised: What holds instead of *quota* for a while; it may have ended.
    """

    quota: int
    quota_reset: int
    locked: bool = False
    suspended: bool = False
    raised: Raise | None = None

    @classmethod
    def of(cls, quota: int) -> QuotaPolicy:
        """Return the policy of a sender seen for the first time."""
        return cls(quota=quota, quota_reset=quota)

    def in_force(self, at: dt.datetime) -> QuotaPolicy:
        """Return the policy with the quota that holds at *at*."""
        if self.raised is None or not self.raised.holds(at):
            return self
        return attrs.evolve(self, quota=self.raised.quota)

    def without_ended_raise(self, at: dt.datetime) -> QuotaPolicy:
        """
        Return the policy without a raise that is over at *at*: nobody takes
        it away until the next one.
        """
        if self.raised is None or self.raised.holds(at):
            return self
        return attrs.evolve(self, raised=None)

    def after_reset(self) -> QuotaPolicy:
        """Return the policy that holds after the next reset."""
        ended = self.raised is not None and self.raised.until is None
        return attrs.evolve(
            self,
            quota=self.quota if self.locked else self.quota_reset,
            raised=None if ended else self.raised,
        )
