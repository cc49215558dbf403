"""Anything that the domain may be asked."""

from __future__ import annotations

from hypothesis import strategies as st

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


counts = st.integers(0, 30) | st.integers(0, COUNTER_MAX)

recipient_counts = st.integers(1, 10) | st.integers(1, COUNTER_MAX)

policies = st.builds(QuotaPolicy, counts, counts, st.booleans())

senders = st.sampled_from(["anna@example.com", "ben@example.com", "jörg@example.com"])

_transactions = st.sampled_from(["", "1", "2", "3"])

submissions = st.builds(
    Submission,
    sender=senders,
    recipients=recipient_counts,
    transaction=_transactions,
    queue_id=st.sampled_from(["", "7B71F224536", "9C6D0224595"]),
    to_address=st.sampled_from(["", "carl@example.org"]),
)


def messages(
    *recipients: int, sender: str = "anna@example.com", start: int = 0
) -> list[Submission]:
    """Return different messages of one sender, one for each recipient count."""
    return [
        Submission(sender, count, transaction=f"t{number}")
        for number, count in enumerate(recipients, start)
    ]
