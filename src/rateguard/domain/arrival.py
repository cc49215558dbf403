"""
Senders who come from another program.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class Usage:
    """
    What the other program counted in this period.

    Attributes:
        name: The sender as that program writes him.
    """

    name: str
    messages: int
    recipients: int


@attrs.frozen
class Arrival:
    """
    One sender, and what he brings.

    Attributes:
        sender: Canonical key.

        quota: What the other program admits in a period.

        own: The quota is this sender's alone and not that of everybody.

        messages, recipients: Counted in this period.
    """

    sender: str
    quota: int
    own: bool = False
    messages: int = 0
    recipients: int = 0
