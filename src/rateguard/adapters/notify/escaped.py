"""
What strangers sent, made fit to be shown.
"""

from __future__ import annotations

from rateguard.domain import escaping


MAX_LENGTH = 255
"""Characters that are shown: as many as the store keeps of the longest value."""


def escaped(text: str) -> str:
    """
    Return *text* on one line: everything unprintable as an escape sequence,
    what is longer than :data:`MAX_LENGTH` cut.

    Line breaks of every kind, control characters, and those that turn the
    direction of writing are unprintable.
    """
    shown = escaping.escaped(text[: MAX_LENGTH + 1])
    return shown if len(shown) <= MAX_LENGTH else f"{shown[: MAX_LENGTH - 1]}…"
