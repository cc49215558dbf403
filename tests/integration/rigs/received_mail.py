"""A mail that a server was given."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import attrs


@attrs.frozen
class ReceivedMail:
    """
    One mail as it came.

    Attributes:
        sender: Of the envelope; ``<>`` is the null sender.

        recipients: Of the envelope.

        raw: The message with its headers.

        tls: Whether it came over TLS.

        login: Who had logged in; None if nobody.

        connection: The number of the connection it came on.
    """

    sender: str
    recipients: list[str]
    raw: bytes = attrs.field(repr=False)
    tls: bool
    login: str | None
    connection: int

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.raw, policy=default)

    @property
    def text(self) -> str:
        """The text of the message, decoded."""
        return str(self.message.get_content())
