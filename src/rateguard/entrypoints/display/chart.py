"""
Bars made of characters.
"""

from __future__ import annotations

from collections.abc import Sequence


BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:#"
"""From nothing to a full character."""


def levels_for(encoding: str) -> str:
    """
    Return the characters that an output in that encoding can have.
    """
    try:
        BLOCKS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def bars(values: Sequence[int], *, height: int, levels: str = BLOCKS) -> list[str]:
    """
    Return the lines of a chart, the top first; each value is two characters
    wide and a space. The largest fills the height, and whatever is more than
    nothing can be seen.
    """
    full = len(levels) - 1
    most = max([*values, 1])
    fills = [
        max(1, round(value * height * full / most)) if value else 0 for value in values
    ]
    return [
        " ".join(2 * levels[min(full, max(0, fill - row * full))] for fill in fills)
        for row in reversed(range(height))
    ]
