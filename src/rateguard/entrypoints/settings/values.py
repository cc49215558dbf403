"""
From the text of a setting to its value.

A parser takes text and returns a value or raises ValueError. It never sees an
empty text: that means the default.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import string
import unicodedata

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs
import environ

from rateguard.adapters.notify.mail.letters import plain_address
from rateguard.adapters.notify.webhook.notifier import KEYS
from rateguard.domain.counter import COUNTER_MAX


MAX_PORT = 65535
_MAX_SECONDS = 3600

_BOOLEANS = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


@attrs.frozen
class WrongValue:
    """What stands in for the value of a setting that cannot be read."""

    text: str
    expected: str


_T = TypeVar("_T")


def parsed(
    parse: Callable[[str], _T], expected: str
) -> Callable[[str], _T | WrongValue | None]:
    """
    Return a converter that never raises: the value, None for an empty text,
    :class:`WrongValue` for what *parse* refuses. So that all wrong settings
    can be told at once.
    """

    def convert(text: str) -> _T | WrongValue | None:
        if not text:
            return None
        try:
            return parse(text)
        except ValueError:
            return WrongValue(text, expected)

    return convert


def boolean(text: str) -> bool:
    """Parse yes or no."""
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError(text) from None


def whole(least: int, most: int = COUNTER_MAX) -> Callable[[str], int]:
    """Return a parser of whole numbers between two bounds, both included."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
            raise ValueError(text)
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return parse


def seconds(text: str) -> dt.timedelta:
    """Parse a duration above zero, up to an hour."""
    number = float(text)
    if not 0 < number <= _MAX_SECONDS:
        raise ValueError(text)
    duration = dt.timedelta(seconds=number)
    if not duration:
        # Below half a microsecond.
        raise ValueError(text)
    return duration


def one_line(text: str) -> str:
    """Refuse line breaks and control characters."""
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text):
        raise ValueError(text)
    return text


def one_of(choices: Mapping[str, _T]) -> Callable[[str], _T]:
    """Return a parser of one of some words, in any case."""

    def parse(text: str) -> _T:
        for word, value in choices.items():
            if word.lower() == text.lower():
                return value
        raise ValueError(text)

    return parse


LOG_LEVELS: Mapping[str, int] = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "CRITICAL": logging.CRITICAL,
}


def file_mode(text: str) -> int:
    """Parse an octal mode such as 0660."""
    mode = int(text.removeprefix("0o"), 8)
    if not 0 < mode <= 0o777:  # noqa: PLR2004 - the permission bits
        raise ValueError(text)
    return mode


def path(text: str) -> Path:
    """Parse a path."""
    if "\0" in text:
        raise ValueError(text)
    return Path(text)


@attrs.frozen
class Declaration:
    """
    What an operator reads about a setting.

    Attributes:
        default: As text; ``""`` if there is none or it depends on others.
    """

    name: str
    default: str
    meaning: str


DECLARATIONS: list[Declaration] = []
"""Every setting, in the order of the documentation."""

SECRETS = frozenset(
    {"DB_PASSWORD", "WEBHOOK_URL", "WEBHOOK_SECRET", "MAIL_PASSWORD", "SENTRY_DSN"}
)


def setting(
    name: str,
    default: str,
    parse: Callable[[str], Any],
    expected: str,
    meaning: str,
) -> Any:  # noqa: ANN401 - an attrs field
    """Declare an attribute of the settings."""
    DECLARATIONS.append(Declaration(name, default, meaning))
    converter = parsed(parse, expected)
    return environ.var(default, name=name, converter=converter, help=meaning)


PLACEHOLDERS = frozenset({"token", *KEYS})

_SEVERAL = re.compile(r"[\s,;]+")


def url(text: str) -> str:
    """Refuse what is no http or https address."""
    parts = urlsplit(one_line(text))
    # Reading the port raises ValueError for a wrong one.
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError(text)
    if " " in text:
        raise ValueError(text)
    return text


def sentry_dsn(text: str) -> str:
    """
    Refuse what Sentry's library would: an address without a key before the
    host, or without the number of a project at the end.
    """
    parts = urlsplit(url(text))
    project = parts.path.rpartition("/")[2]
    if not parts.username or not (project.isascii() and project.isdigit()):
        raise ValueError(text)
    return text


def url_template(text: str) -> str:
    """
    Refuse what is no address, braces around anything else than ``token`` and
    the keys of the document, and braces in the host: a stranger would choose
    who is given the token.
    """
    if "{" in urlsplit(text).netloc:
        raise ValueError(text)
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise ValueError(text)
    url(text.format_map(dict.fromkeys(PLACEHOLDERS, "0")))
    return text


def mail_address(text: str) -> str:
    """Refuse what is no mail address, or one that needs quoting."""
    return plain_address(text)


def mail_addresses(text: str) -> tuple[str, ...]:
    """Parse addresses separated by spaces or commas."""
    found = [mail_address(word) for word in _SEVERAL.split(text) if word]
    if not found:
        raise ValueError(text)
    return tuple(dict.fromkeys(found))
