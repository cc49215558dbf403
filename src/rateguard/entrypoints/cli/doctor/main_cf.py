"""
Postfix's configuration: what ``postconf`` prints, understood as smtpd does.

Text in, values out; who runs ``postconf`` is not known here. Sources: postconf(1),
postconf(5), master(5), SMTPD_POLICY_README, RESTRICTION_CLASS_README.
"""

from __future__ import annotations

import re

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import attrs


QUERIES: Mapping[str, tuple[str, ...]] = {
    "parameters": (),
    "services": ("-M",),
    "overrides": ("-P",),
}
"""The options of the runs whose output :func:`mail_server` takes, by name."""

_UNUSED = re.compile(r"unused parameter: ([^\s=]+)")

_SEPARATORS = " \t\r\n,"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIME = re.compile(r"([0-9]+)([smhdw]?)")

_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{\s*(\w+)\s*|\(\s*(\w+)\s*)", re.ASCII)
_CLOSING = {"{": "}", "(": ")"}


# The whole.


@attrs.frozen
class Smtpd:
    """
    An smtpd service of ``master.cf``.

    Attributes:
        name: As ``postconf -P`` writes it: ``submission/inet``.
        processes: How many there may be; 0 is without a limit.
        overrides: What ``-o`` sets.
    """

    name: str
    chrooted: bool = False
    processes: int = 100
    overrides: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    @property
    def takes_back(self) -> bool:
        """
        Whether it takes mail back from a content filter of this machine: nobody
        logs in there.
        """
        host = self.name.rpartition("/")[0].rpartition(":")[0].strip("[]")
        local = host in {"localhost", "::1"} or host.startswith("127.")
        return local and not self.overrides.get("content_filter", "filter")


@attrs.frozen
class MailServer:
    """
    The configuration in force.

    Attributes:
        parameters: Every parameter of ``main.cf`` as written, defaults included.
        unused: Names in ``main.cf`` that nothing reads.
    """

    parameters: Mapping[str, str] = attrs.field(hash=False)
    services: tuple[Smtpd, ...] = ()
    unused: tuple[str, ...] = ()

    def raw(self, name: str, service: Smtpd | None = None) -> str:
        """Return a parameter as written, ``""`` if there is none."""
        overrides = {} if service is None else service.overrides
        return overrides.get(name, self.parameters.get(name, ""))

    def value(self, name: str, service: Smtpd | None = None) -> str:
        """Return a parameter with what it refers to filled in."""
        return expanded(self.raw(name, service), lambda each: self.raw(each, service))

    def classes(self, service: Smtpd | None = None) -> list[str]:
        return words(self.value("smtpd_restriction_classes", service))

    def restrictions(self, name: str, service: Smtpd | None = None) -> list[str]:
        """Return the words of a restriction list, those of its classes included."""
        classes = frozenset(self.classes(service))
        lists = flattened(
            self.value(name, service), classes, lambda each: self.value(each, service)
        )
        return list(lists)

    @property
    def authenticating(self) -> list[Smtpd]:
        """The services at which senders can log in, and so be counted."""
        return [
            each
            for each in self.services
            if self.value("smtpd_sasl_auth_enable", each).lower() == "yes"
            and not each.takes_back
        ]


def mail_server(
    *, parameters: str, services: str, overrides: str, complaints: str = ""
) -> MailServer:
    """
    Return what the outputs of the :data:`QUERIES` say; *complaints* is what was
    printed to standard error.
    """
    found = dict(_pairs(parameters))
    given: dict[str, dict[str, str]] = {}
    for name, text in _pairs(overrides):
        service, _, parameter = name.rpartition("/")
        given.setdefault(service, {})[parameter] = text
    # The eighth column is the program.
    rows = (line.split()[:8] for line in services.splitlines())
    return MailServer(
        found,
        tuple(_smtpd(row, found, given) for row in rows if row[7:] == ["smtpd"]),
        tuple(dict.fromkeys(_UNUSED.findall(complaints))),
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip(), value.strip()


def _smtpd(
    row: list[str], parameters: Mapping[str, str], given: Mapping[str, dict[str, str]]
) -> Smtpd:
    name, kind, _, _, chroot, _, processes, _ = row
    if chroot == "-":
        # It meant yes until compatibility_level 1.
        level = parameters.get("compatibility_level", "0").partition(".")[0]
        chroot = "n" if level.isdigit() and int(level) else "y"
    if processes == "-":
        processes = parameters.get("default_process_limit", "100")
    service = f"{name}/{kind}"
    return Smtpd(
        service,
        chrooted=chroot == "y",
        processes=int(processes) if processes.isdigit() else 0,
        overrides=given.get(service, {}),
    )


# Restriction lists.


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
    text: str, classes: frozenset[str], lookup: Callable[[str], str]
) -> Iterator[str]:
    """
    Yield the words of a list, with the lists of restriction classes in place of
    their names. *lookup* returns the list of a class; a class inside of itself is
    left as it is.
    """
    for word in words(text):
        if word in classes:
            yield from flattened(lookup(word), classes - {word}, lookup)
        else:
            yield word


@attrs.frozen
class PolicyCheck:
    """
    One ``check_policy_service`` of a list.

    Attributes:
        service: ``inet:host:port`` or ``unix:path``, as written.
        attributes: What is written beside it, such as ``timeout``.
        behind: The first ``permit…`` before it, which lets mail past it.
    """

    service: str
    attributes: Mapping[str, str] = attrs.field(factory=dict)
    behind: str | None = None


def policy_checks(restrictions: Sequence[str]) -> Iterator[PolicyCheck]:
    """Yield every policy service that a list asks, in order."""
    behind = None
    for word, following in pairwise([*restrictions, ""]):
        if word.lower().startswith("permit"):
            behind = behind or word
        elif is_policy_check(word) and following:
            yield _policy_check(following, behind)


def is_policy_check(word: str) -> bool:
    return word.lower() == "check_policy_service"


def is_table(word: str) -> bool:
    """Whether a lookup table decides here, which may name a restriction class."""
    lower = word.lower()
    return lower.startswith("check_") and lower.endswith("_access")


def _policy_check(word: str, behind: str | None) -> PolicyCheck:
    if not word.startswith("{"):
        return PolicyCheck(word, {}, behind)
    service, *rest = words(_inside(word)) or [""]
    pairs = (_inside(each).partition("=") for each in rest)
    attributes = {name.strip(): text.strip() for name, _, text in pairs}
    return PolicyCheck(service, attributes, behind)


def _inside(word: str) -> str:
    return word.removeprefix("{").removesuffix("}").strip()


def seconds(text: str) -> int | None:
    found = _TIME.fullmatch(text.strip())
    return None if found is None else int(found[1]) * _UNITS[found[2] or "s"]


# ``$name`` in a value.


def expanded(
    text: str, lookup: Callable[[str], str], within: frozenset[str] = frozenset()
) -> str:
    """
    Replace ``$name``, ``${name}``, ``$(name)``, ``${name?text}`` and
    ``${name:text}``; *lookup* returns a value as it is written, ``""`` if there is
    none. What refers to one of *within*, or to itself, is left as it is.
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
    Return where a reference ends, and the text within it that stands for it; None
    for the value itself.
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
