"""Charts of characters."""

from __future__ import annotations

from collections.abc import Sequence

from rateguard.entrypoints.cli.output.texts import can_show


BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:#"
"""From nothing to a full character."""


def levels_for(encoding: str) -> str:
    """Return the characters that an output in that encoding can have."""
    return BLOCKS if can_show(BLOCKS, encoding) else ASCII


def bars(
    values: Sequence[int], *, height: int, levels: str = BLOCKS, width: int = 2
) -> list[str]:
    """
    Return the lines of a chart, the top first; a bar is *width* characters wide, and
    wide ones have a space between. The largest fills the height, and whatever is more
    than nothing can be seen.
    """
    full = len(levels) - 1
    most = max([*values, 1])
    fills = [
        max(1, round(value * height * full / most)) if value else 0 for value in values
    ]
    return [
        (" " if width > 1 else "").join(
            width * levels[min(full, max(0, fill - row * full))] for fill in fills
        )
        for row in reversed(range(height))
    ]
