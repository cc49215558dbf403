"""
What a sender has used.
"""

from __future__ import annotations

import attrs

from rateguard.domain.quota import QuotaPolicy


COUNTER_MAX = 4294967295
"""Where counters stop rising: the largest value of the unsigned columns."""


@attrs.frozen
class SenderCounter:
    """
    Messages and recipients of one sender: since the last reset, and ever.

    Counters saturate at :data:`COUNTER_MAX`.
    """

    sender: str
    policy: QuotaPolicy
    messages: int = 0
    recipients: int = 0
    messages_total: int = 0
    recipients_total: int = 0

    @property
    def over_quota(self) -> bool:
        """
        Whether more was asked than the quota admits.
        """
        quota = self.policy.quota
        return self.recipients > quota or self.messages > quota

    def charge(self, *, messages: int, recipients: int) -> SenderCounter:
        """
        Return the counter after these were asked for, admitted or not.
        """
        return SenderCounter(
            self.sender,
            self.policy,
            min(self.messages + messages, COUNTER_MAX),
            min(self.recipients + recipients, COUNTER_MAX),
            min(self.messages_total + messages, COUNTER_MAX),
            min(self.recipients_total + recipients, COUNTER_MAX),
        )

    def reset(self) -> SenderCounter:
        """
        Return the counter at the start of a new period; totals stay.
        """
        return attrs.evolve(
            self, messages=0, recipients=0, policy=self.policy.after_reset()
        )
