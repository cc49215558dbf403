"""
``$name`` in the values of ``main.cf`` and ``master.cf``.

Source: postconf(5), "The general format of the main.cf file".
"""

from __future__ import annotations

import re

from collections.abc import Callable


_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{\s*(\w+)\s*|\(\s*(\w+)\s*)", re.ASCII)
_CLOSING = {"{": "}", "(": ")"}


def expanded(
    text: str, lookup: Callable[[str], str], within: frozenset[str] = frozenset()
) -> str:
    """
    Replace ``$name``, ``${name}``, ``$(name)``, ``${name?text}`` and
    ``${name:text}``; *lookup* returns a value as it is written, ``""`` if
    there is none. What refers to one of *within*, or to itself, is left as it
    is.
    """
    done, place = [], 0
    while found := _REFERENCE.search(text, place):
        done.append(text[place : found.start()])
        name = found[2] or found[3] or found[4]
        place, branch = _reference(text, found, lookup)
        if found[1]:
            done.append("$")
        elif branch is not None:
            done.append(expanded(branch, lookup, within))
        elif name in within:
            done.append(text[found.start() : place])
        else:
            done.append(expanded(lookup(name), lookup, within | {name}))
    return "".join([*done, text[place:]])


def _reference(
    text: str, found: re.Match[str], lookup: Callable[[str], str]
) -> tuple[int, str | None]:
    """
    Return where a reference ends, and the text within it that stands for it;
    None for the value itself.
    """
    if found[1] or found[2]:
        return found.end(), None
    value = lookup(found[3] or found[4])
    end = _end(text, found.start() + 1)
    rest = text[found.end() : end - 1].strip()
    branch = None
    if rest[:1] == "?":
        branch = _branches(rest[1:])[0 if value else 1]
    elif rest[:1] == ":" and not value:
        branch = _branches(rest[1:])[0]
    return end, branch


def _branches(text: str) -> tuple[str, str]:
    """Return what ``{yes}:{no}`` says, or ``yes``."""
    text = text.strip()
    if not text.startswith("{"):
        return text, ""
    end = _end(text, 0)
    other = text[end:].strip().removeprefix(":").strip()
    if other.startswith("{"):
        other = other[1 : _end(other, 0) - 1]
    return text[1 : end - 1].strip(), other.strip()


def _end(text: str, start: int) -> int:
    """Return the place behind what closes the bracket at *start*."""
    opening, closing, depth = text[start], _CLOSING[text[start]], 0
    for place in range(start, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if not depth:
            return place + 1
    return len(text) + 1
