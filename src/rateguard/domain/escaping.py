"""What strangers sent, made fit to be shown."""

from __future__ import annotations


def escaped(text: str) -> str:
    """Return *text* with everything unprintable as an escape sequence."""
    return "".join(
        char
        if char.isprintable()
        else char.encode("unicode_escape", "backslashreplace").decode("ascii")
        for char in text
    )
