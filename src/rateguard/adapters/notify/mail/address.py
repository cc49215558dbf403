"""Addresses that mail is sent to and from."""

from __future__ import annotations

import re


MAX_LENGTH = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_PLAIN = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def is_plain_address(text: str) -> bool:
    """
    Whether *text* is a mail address that means itself wherever it is written: a
    Dot-string and a Domain of RFC 5321, 4.1.2, in ASCII. No quotes, no comment,
    no address literal.
    """
    return len(text) <= MAX_LENGTH and _PLAIN.fullmatch(text) is not None


def plain_address(text: str) -> str:
    """
    Return *text* if it is one.

    Raises:
        ValueError: it is not.
    """
    if not is_plain_address(text):
        raise ValueError(text)
    return text
