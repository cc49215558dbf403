"""
``$name`` in the values of ``main.cf`` and ``master.cf``.

Source: postconf(5), "The general format of the main.cf file".
"""

from __future__ import annotations

import re

from collections.abc import Callable


_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{\s*(\w+)\s*|\(\s*(\w+)\s*)", re.ASCII)
_CLOSING = {"{": "}", "(": ")"}
_DEEPEST = 20


def expanded(text: str, lookup: Callable[[str], str], depth: int = _DEEPEST) -> str:
    """
    Replace ``$name``, ``${name}``, ``$(name)``, ``${name?text}`` and
    ``${name:text}``; *lookup* returns a value as it is written, ``""`` if
    there is none. What goes in circles is left as it is.
    """
    found = _REFERENCE.search(text)
    if found is None or not depth:
        return text
    end, value = _reference(text, found, lookup)
    return (
        text[: found.start()]
        + ("$" if found[1] else expanded(value, lookup, depth - 1))
        + expanded(text[end:], lookup, depth)
    )


def _reference(
    text: str, found: re.Match[str], lookup: Callable[[str], str]
) -> tuple[int, str]:
    """
    Return where a reference ends and what stands for it.
    """
    name = found[2] or found[3] or found[4]
    value = lookup(name) if name else ""
    if found[1] or found[2]:
        return found.end(), value
    end = _end(text, found.start() + 1)
    rest = text[found.end() : end - 1].strip()
    if rest[:1] == "?":
        value = _branches(rest[1:])[0] if value else _branches(rest[1:])[1]
    elif rest[:1] == ":":
        value = value or _branches(rest[1:])[0]
    return end, value


def _branches(text: str) -> tuple[str, str]:
    """
    Return what ``{yes}:{no}`` says, or ``yes``.
    """
    text = text.strip()
    if not text.startswith("{"):
        return text, ""
    end = _end(text, 0)
    other = text[end:].strip().removeprefix(":").strip()
    if other.startswith("{"):
        other = other[1 : _end(other, 0) - 1]
    return text[1 : end - 1].strip(), other.strip()


def _end(text: str, start: int) -> int:
    """
    Return the place behind what closes the bracket at *start*.
    """
    opening, closing, depth = text[start], _CLOSING[text[start]], 0
    for place in range(start, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if not depth:
            return place + 1
    return len(text) + 1
