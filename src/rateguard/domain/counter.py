"""What a sender has used."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.value import value


COUNTER_MAX = 4294967295
"""Where counters stop rising: the largest value of the unsigned columns."""


@value
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
    def used(self) -> int:
        """
        What is held against the quota: messages or recipients, the larger; blocked
        tries are counted too.
        """
        return max(self.messages, self.recipients)

    @property
    def share(self) -> int:
        """
        What is used, in percent of the quota, rounded down. A quota of 0 is used up
        once anything was asked.
        """
        quota = self.policy.quota
        return self.used * 100 // quota if quota else 100 * (self.used > 0)

    @property
    def over_quota(self) -> bool:
        """Whether more was asked than the quota admits."""
        quota = self.policy.quota
        return self.recipients > quota or self.messages > quota

    def charge(self, *, messages: int, recipients: int) -> SenderCounter:
        """Return the counter after these were asked for, admitted or not."""
        charged = SenderCounter(
            self.sender,
            self.policy,
            self.messages + messages,
            self.recipients + recipients,
            self.messages_total + messages,
            self.recipients_total + recipients,
        )
        # Four comparisons are cheaper than four calls of min().
        if (
            charged.messages <= COUNTER_MAX
            and charged.recipients <= COUNTER_MAX
            and charged.messages_total <= COUNTER_MAX
            and charged.recipients_total <= COUNTER_MAX
        ):
            return charged
        return SenderCounter(
            self.sender,
            self.policy,
            min(charged.messages, COUNTER_MAX),
            min(charged.recipients, COUNTER_MAX),
            min(charged.messages_total, COUNTER_MAX),
            min(charged.recipients_total, COUNTER_MAX),
        )

    def in_force(self, at: dt.datetime) -> SenderCounter:
        """Return the counter with the policy that holds at *at*."""
        if self.policy.raised is None:
            return self
        return attrs.evolve(self, policy=self.policy.in_force(at))

    def reset(self) -> SenderCounter:
        """Return the counter after the reset; totals stay."""
        return attrs.evolve(
            self, messages=0, recipients=0, policy=self.policy.after_reset()
        )
