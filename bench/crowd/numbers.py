"""What the rows of a crowd have in common."""

from __future__ import annotations


DAY = 86_400
BUSY = 7919
"""The number of the busiest sender, where there are so many."""

MULTIPLIER = 2_654_435_761
"""A prime, which scatters what is counted up."""


def name_of(number: str) -> str:
    """Return the expression for the name of a sender."""
    return f"'user' || {number} || '@customer' || ({number} % 7888) || '.example'"
