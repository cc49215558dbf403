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

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import attrs
import environ

from rateguard.adapters.notify.mail.address import plain_address
from rateguard.adapters.notify.webhook.document import KEYS
from rateguard.domain.counter import COUNTER_MAX
from rateguard.entrypoints.settings.addresses import (
    MAX_PORT,
    addresses,
    http_address,
    path,
    whole_number,
)


_MAX_SECONDS = 3600


@attrs.frozen
class Declaration:
    """What an operator reads about a setting; a secret is shown to nobody."""

    name: str
    default: str
    """As text; ``""`` if there is none or it depends on others."""
    meaning: str
    secret: bool = False


@attrs.frozen
class Kind:
    """
    What a setting may be.

    Attributes:
        parse: Returns the value; raises ValueError.
        expected: What an operator is told who wrote something else.
    """

    parse: Callable[[str], Any]
    expected: str

    def __call__(self, text: str) -> Any:  # noqa: ANN401 - of whatever kind
        """
        Return the value, None for an empty text. Never raises, so that all that
        is wrong can be told at once: then :class:`WrongValue` stands for it.
        """
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError:
            return WrongValue(text, self.expected)


@attrs.frozen
class WrongValue:
    """What stands in for the value of a setting that cannot be read."""

    text: str
    expected: str


def setting(default: str, kind: Kind, meaning: str, *, secret: bool = False) -> Any:  # noqa: ANN401 - an attrs field
    field = environ.var(default, converter=kind, help=meaning)
    field.metadata["declared"] = (meaning, secret)
    return field


def declared(settings: type) -> list[Declaration]:
    """Return what was declared by the attributes of a class, in their order."""
    return [
        Declaration(field.name.upper(), field.default, *field.metadata["declared"])
        for field in attrs.fields(settings)
    ]


def one_of(*words: str, value: Callable[[str], Any] = str) -> Kind:
    known = {word.lower(): value(word) for word in words}

    def parse(text: str) -> Any:  # noqa: ANN401
        if text.lower() not in known:
            raise ValueError(text)
        return known[text.lower()]

    return Kind(parse, f"{', '.join(words[:-1])} or {words[-1]}")


def boolean(text: str) -> bool:
    true = text.lower() in {"true", "yes", "on", "1"}
    if not true and text.lower() not in {"false", "no", "off", "0"}:
        raise ValueError(text)
    return true


def whole(least: int, most: int = COUNTER_MAX, *, unit: str = "a number") -> Kind:
    """Return the kind of whole numbers between two bounds, both included."""
    bounds = f"from {least} to {most}" if least else f"up to {most}"
    return Kind(lambda text: whole_number(text, least, most), f"{unit} {bounds}")


def seconds(text: str) -> dt.timedelta:
    """Parse a duration above zero, up to an hour."""
    number = float(text)
    duration = dt.timedelta(seconds=number if 0 < number <= _MAX_SECONDS else 0)
    # Nothing, too, is what is below half a microsecond.
    if not duration:
        raise ValueError(text)
    return duration


def line(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text):
        raise ValueError(text)
    return text


def one_line(expected: str) -> Kind:
    return Kind(line, expected)


def file_mode(text: str) -> int:
    mode = int(text.removeprefix("0o"), 8)
    if not 0 < mode <= 0o777:  # noqa: PLR2004 - the permission bits
        raise ValueError(text)
    return mode


PLACEHOLDERS = frozenset({"token", *KEYS})


def url(text: str) -> str:
    parts = urlsplit(line(text))
    # Reading the port raises ValueError for a wrong one.
    has_server = parts.hostname and parts.port != 0
    if parts.scheme not in {"http", "https"} or not has_server or " " in text:
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
    Refuse what is no address, and braces around anything else than ``token`` and
    the keys of the document.
    """
    # In the host, a stranger would choose who is given the token.
    if "{" in urlsplit(text).netloc:
        raise ValueError(text)
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise ValueError(text)
    url(text.format_map(dict.fromkeys(PLACEHOLDERS, "0")))
    return text


_SEVERAL = re.compile(r"[\s,;]+")


def mail_addresses(text: str) -> tuple[str, ...]:
    """Parse addresses separated by spaces or commas; refuse those to be quoted."""
    found = [plain_address(word) for word in _SEVERAL.split(text) if word]
    if not found:
        raise ValueError(text)
    return tuple(dict.fromkeys(found))


ACTION_TEXT = one_line("one line without control characters")
ADDRESSES = Kind(
    addresses,
    "host,port or [::1],port or an absolute path, several separated by spaces",
)
BOOLEAN = Kind(boolean, "true or false")
FILE_MODE = Kind(file_mode, "an octal mode such as 0660")
FOLDER = Kind(path, "a folder")
HTTP_ADDRESS = Kind(http_address, "host:port or [::1]:port")
LINE = one_line("one line")
LOG_LEVEL = one_of(
    *("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    value=logging.getLevelNamesMapping().__getitem__,
)
MAIL_ADDRESS = Kind(plain_address, "a mail address")
MAIL_ADDRESSES = Kind(mail_addresses, "mail addresses separated by spaces or commas")
PATH = Kind(path, "a path")
PORT = Kind(lambda text: whole_number(text, 1, MAX_PORT), "a port")
SECONDS = Kind(seconds, "seconds, above 0 and up to 3600")
SENTRY_DSN = Kind(sentry_dsn, "https://KEY@HOST/PROJECT")
URL_TEMPLATE = Kind(
    url_template,
    "an http or https address; in braces only token or a key of the document,"
    " and none in the host",
)
