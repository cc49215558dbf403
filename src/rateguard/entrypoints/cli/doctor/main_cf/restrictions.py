"""
The restriction lists of ``main.cf``, as smtpd reads them.

Sources: postconf(5), SMTPD_POLICY_README, RESTRICTION_CLASS_README.
"""

from __future__ import annotations

import re

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import attrs


_SEPARATORS = " \t\r\n,"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIME = re.compile(r"([0-9]+)([smhdw]?)")


def words(text: str) -> list[str]:
    """Split a list at spaces and commas, but not inside braces."""
    found, word, depth = [], "", 0
    for char in text:
        if char in _SEPARATORS and not depth:
            found.append(word)
            word = ""
            continue
        depth = max(0, depth + (char == "{") - (char == "}"))
        word += char
    return [each for each in [*found, word] if each]


def flattened(
    text: str, *, classes: Collection[str], lookup: Callable[[str], str]
) -> list[str]:
    """
    Return the words of a list, with the lists of restriction classes in
    place of their names. *lookup* returns the list of a class; a class inside
    of itself is left as it is.
    """
    return list(_flattened(text, frozenset(classes), lookup))


def _flattened(
    text: str, classes: frozenset[str], lookup: Callable[[str], str]
) -> Iterator[str]:
    for word in words(text):
        if word in classes:
            yield from _flattened(lookup(word), classes - {word}, lookup)
        else:
            yield word


@attrs.frozen
class PolicyAsk:
    """
    One ``check_policy_service`` of a list.

    Attributes:
        service: ``inet:host:port`` or ``unix:path``, as written.

        attributes: What is written beside it, such as ``timeout``.

        behind: The first ``permit…`` before it, which lets senders past it.
    """

    service: str
    attributes: Mapping[str, str]
    behind: str | None = None


def policy_asks(restrictions: Sequence[str]) -> Iterator[PolicyAsk]:
    """Yield every policy service that a list asks, in order."""
    behind = None
    for word, following in pairwise([*restrictions, ""]):
        if is_permit(word) and behind is None:
            behind = word
        elif is_check(word) and following:
            yield _ask(following, behind)


def is_permit(word: str) -> bool:
    """Whether it ends a list for whom it knows."""
    return word.lower().startswith("permit")


def is_check(word: str) -> bool:
    """Whether the next word is a policy service."""
    return word.lower() == "check_policy_service"


def is_table(word: str) -> bool:
    """Whether a lookup table decides here, which may name a restriction class."""
    lower = word.lower()
    return lower.startswith("check_") and lower.endswith("_access")


def _ask(word: str, behind: str | None) -> PolicyAsk:
    if not word.startswith("{"):
        return PolicyAsk(word, {}, behind)
    service, *rest = words(_inside(word)) or [""]
    pairs = (_inside(each).partition("=") for each in rest)
    return PolicyAsk(
        service, {name.strip(): text.strip() for name, _, text in pairs}, behind
    )


def _inside(word: str) -> str:
    return word.removeprefix("{").removesuffix("}").strip()


def seconds(text: str) -> int | None:
    """Return a time as Postfix writes it in seconds; None if it is none."""
    found = _TIME.fullmatch(text.strip())
    return None if found is None else int(found[1]) * _UNITS[found[2] or "s"]
