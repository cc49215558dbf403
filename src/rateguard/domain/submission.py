"""What asks to be sent."""

from __future__ import annotations

import unicodedata

from rateguard.domain.value import value


MAX_SENDER_LENGTH = 255
"""Characters of a sender key: the width of the column that keeps it."""

_DIGEST_BYTES = 16
_KEPT_OF_LONG_KEY = MAX_SENDER_LENGTH - 1 - 2 * _DIGEST_BYTES


@value
class Submission:
    """
    One message that an authenticated sender asks to send.

    Everything but *sender*, *recipients* and *transaction* is only kept and
    shown; ``""`` means that the mail server did not tell.

    Attributes:
        sender: Canonical key of who is limited, see :func:`sender_key`.
        recipients: How many recipients the message has, at least 1.
        transaction:
            The same for every question about the same message, different for
            another message of this sender. ``""`` if unknown: then every
            question is a message of its own.
        login: The sender's name as given to the mail server.
    """

    sender: str
    recipients: int = 1
    transaction: str = ""
    queue_id: str = ""
    login: str = ""
    auth_method: str = ""
    client_name: str = ""
    client_address: str = ""
    helo: str = ""
    from_address: str = ""
    to_address: str = ""


def sender_key(name: str) -> str:
    """
    Return the canonical form of a sender's name, so that no spelling of it
    has a quota of its own.

    Surrounding space is stripped, case folded to lower, Unicode composed
    (NFC). A key longer than 255 characters keeps its beginning and ends in a
    hash of the whole, so that two long names stay two senders.

    Promises: idempotent; at most :data:`MAX_SENDER_LENGTH` characters.
    """
    key = name.strip().lower()
    if not key.isascii():
        # Composing may bring capitals back (U+212B), and lowering may
        # decompose (U+0130): hence compose, lower, compose.
        key = unicodedata.normalize("NFC", name.strip()).lower()
        key = unicodedata.normalize("NFC", key)
    if len(key) <= MAX_SENDER_LENGTH:
        return key
    # Only now: it loads OpenSSL, and such keys are rare.
    from hashlib import blake2b  # noqa: PLC0415

    digest = blake2b(key.encode("utf-8", "backslashreplace"), digest_size=_DIGEST_BYTES)
    return f"{key[:_KEPT_OF_LONG_KEY]}#{digest.hexdigest()}"
