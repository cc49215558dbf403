"""
From text to value, for the settings of those who are told.
"""

from __future__ import annotations

import re
import string

from urllib.parse import urlsplit

from rateguard.adapters.notify.mail.address import plain_address
from rateguard.adapters.notify.webhook.payload import KEYS
from rateguard.entrypoints.settings.values import one_line


PLACEHOLDERS = frozenset({"token", *KEYS})

_SEVERAL = re.compile(r"[\s,;]+")


def url(text: str) -> str:
    """
    Refuse what is no http or https address.
    """
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
    """
    Refuse what is no mail address, or one that needs quoting.
    """
    return plain_address(text)


def mail_addresses(text: str) -> tuple[str, ...]:
    """
    Parse addresses separated by spaces or commas.
    """
    found = [mail_address(word) for word in _SEVERAL.split(text) if word]
    if not found:
        raise ValueError(text)
    return tuple(dict.fromkeys(found))
