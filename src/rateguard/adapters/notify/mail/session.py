"""
Mails over one connection, and what the server says to each recipient.
"""

from __future__ import annotations

import smtplib

from collections.abc import Callable, Sequence
from typing import BinaryIO

import attrs

from rateguard.domain.errors import RateGuardError


class ServerRefused(RateGuardError):
    """
    The mail server does not want what it was told, or does not offer what is
    insisted on. Says which step it was, and the server's reply.
    """


@attrs.frozen
class Reply:
    """
    What the server said, fit to be shown.
    """

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """
        Whether it is a yes.
        """
        return 200 <= self.code < 300  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def permanent(self) -> bool:
        """
        Whether it is a no that stays one.
        """
        return 500 <= self.code < 600  # noqa: PLR2004 - RFC 5321, 4.2.1

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code > 0 else f"no SMTP: {self.text}"


class Smtp(smtplib.SMTP):
    """
    smtplib's, which takes a line that breaks off for a whole one: the ``2``
    of a ``250`` that was cut off by a deadline is no yes.
    """

    def getreply(self) -> tuple[int, bytes]:
        """
        Return the next reply.

        Raises:
            OSError: there is none, or only the beginning of one.
        """
        if self.file is None and self.sock is not None:
            self.file = _WholeLines(self.sock.makefile("rb"))
        return super().getreply()


@attrs.frozen
class _WholeLines:
    _file: BinaryIO

    def readline(self, limit: int) -> bytes:
        line = self._file.readline(limit)
        return line if line.endswith(b"\n") or len(line) == limit else b""

    def close(self) -> None:
        self._file.close()


@attrs.frozen
class MailSession:
    """
    A conversation in which mail can be sent.
    """

    _smtp: smtplib.SMTP
    _reply: Callable[[int, bytes], Reply]

    def send(self, message: bytes, to: Sequence[str]) -> dict[str, Reply]:
        """
        Send *message* with the null sender, so that nobody can answer it, not
        even a mail server (RFC 5321, 4.5.5), and return the last word on each
        recipient. A 5xx of these is about him or the message.

        Raises:
            ServerRefused: the server takes no mail from us at all.
            OSError: it hung up, or time was up; it may have the message.
        """
        replies = self._transaction(message, to)
        if not all(reply.accepted for reply in replies.values()):
            self._smtp.docmd("RSET")
        return replies

    def _transaction(self, message: bytes, to: Sequence[str]) -> dict[str, Reply]:
        sender = self._reply(*self._smtp.mail(""))
        if not sender.accepted:
            raise ServerRefused(f"MAIL FROM:<>: {sender}")
        replies = {each: self._reply(*self._smtp.rcpt(each)) for each in to}
        taken = [each for each, reply in replies.items() if reply.accepted]
        if taken:
            try:
                last = self._reply(*self._smtp.data(message))
            except smtplib.SMTPDataError as error:
                # Said before the message was sent: whatever it is, no yes.
                last = self._reply(error.smtp_code, error.smtp_error)  # type: ignore[arg-type]  # bytes of a server
                if last.accepted:
                    raise ServerRefused(f"DATA: {last}") from error
            replies |= dict.fromkeys(taken, last)
        return replies
