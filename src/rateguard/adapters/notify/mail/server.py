"""The conversation with the mail server that takes our mail."""

from __future__ import annotations

import base64
import ipaddress
import smtplib
import socket
import ssl

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import cast

import attrs

from rateguard.adapters.notify.failure import escaped
from rateguard.domain.errors import RateGuardError


SECONDS = 10.0
"""For connecting to one address, and for each wait for the server."""


class ServerRefused(RateGuardError):
    """
    The mail server does not want what it was told, or does not offer what is
    required. Says which step it was, and the server's reply.
    """


@attrs.frozen
class Reply:
    """What the server said, fit to be shown."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def permanent(self) -> bool:
        """Whether it is a no that stays one."""
        return 500 <= self.code < 600  # noqa: PLR2004 - RFC 5321, 4.2.1

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code > 0 else f"no SMTP: {self.text}"


@attrs.frozen
class MailServer:
    """
    Where it is, and who we are there.

    A password is only said over TLS, or to a server on this very machine: with
    a user, TLS is required for every other, whatever *starttls* says.

    Attributes:
        starttls: Require STARTTLS (RFC 3207).
        user: Who logs in; ``""`` if nobody does.
        implicit_tls: TLS from the first byte, as port 465 means (RFC 8314).
        tls: Which certificates are trusted, and that they are verified.
        seconds: See :data:`SECONDS`.
    """

    host: str
    port: int
    starttls: bool = False
    user: str = ""
    password: str = attrs.field(default="", repr=False)
    implicit_tls: bool = attrs.field()
    tls: ssl.SSLContext = attrs.field(factory=ssl.create_default_context, repr=False)
    seconds: float = SECONDS

    @implicit_tls.default
    def _by_port(self) -> bool:
        return self.port == smtplib.SMTP_SSL_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """
        Yield a conversation that has come so far that mail can be sent.

        Raises:
            ServerRefused: the server does not want us, or we do not want it.
            OSError: it cannot be reached, hung up, or was silent for too long;
                also every ``SMTPException``, and what is wrong with a certificate.
        """
        smtp = self._connected()
        try:
            self._introduce(smtp)
            yield smtp
            # Everything is said and done: nobody waits for the goodbye.
            with suppress(OSError):
                smtp.putcmd("QUIT")
        finally:
            smtp.close()

    def send(
        self, smtp: smtplib.SMTP, message: bytes, to: Sequence[str]
    ) -> dict[str, Reply]:
        """
        Send *message* with the null sender, so that nobody answers it (RFC 5321,
        4.5.5), and return the last word on each recipient. A 5xx of these is about
        the recipient or the message.

        Raises:
            ServerRefused: the server takes no mail from us at all.
            OSError: it hung up, or was silent for too long; it may have the
                message.
        """
        sender = self.reply(*smtp.mail(""))
        if not sender.accepted:
            raise ServerRefused(f"MAIL FROM:<>: {sender}")
        replies = {each: self.reply(*smtp.rcpt(each)) for each in to}
        taken = [each for each, reply in replies.items() if reply.accepted]
        if taken:
            try:
                last = self.reply(*smtp.data(message))
            except smtplib.SMTPDataError as error:
                # Said before the message was sent: whatever it is, no yes.
                last = self.reply(error.smtp_code, error.smtp_error)
                if last.accepted:
                    raise ServerRefused(f"DATA: {last}") from error
            replies |= dict.fromkeys(taken, last)
        if not all(reply.accepted for reply in replies.values()):
            smtp.docmd("RSET")
        return replies

    def insists_on_tls(self, peer: str) -> bool:
        """Whether nothing is said to a server at that IP address without TLS."""
        local = ipaddress.ip_address(peer.partition("%")[0]).is_loopback
        return self.starttls or (bool(self.user) and not local)

    def reply(self, code: int, text: bytes | str) -> Reply:
        """
        Return what the server said, fit to be shown: a server may repeat what
        it was told, so the password is taken out.
        """
        said = text if isinstance(text, str) else text.decode("utf-8", "replace")
        if self.password:
            plain = f"\0{self.user}\0{self.password}"
            for secret in (self.password, _encoded(plain), _encoded(self.password)):
                said = said.replace(secret, "***")
        return Reply(code, escaped(" ".join(said.split())))

    def _connected(self) -> smtplib.SMTP:
        host = self.host.strip("[]").rstrip(".")
        # Given a name it does not look ours up.
        where, timeout = (host, self.port, "localhost"), self.seconds
        try:
            if self.implicit_tls:
                return smtplib.SMTP_SSL(*where, timeout=timeout, context=self.tls)
            return smtplib.SMTP(*where, timeout=timeout)
        except smtplib.SMTPConnectError as error:
            reply = self.reply(error.smtp_code, error.smtp_error)
        raise ServerRefused(f"connecting: {reply}")

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        connection = cast("socket.socket", smtp.sock)
        smtp.local_hostname = _own_name(connection)
        insists = self.insists_on_tls(connection.getpeername()[0])
        smtp.ehlo_or_helo_if_needed()
        if insists and not self.implicit_tls:
            if not smtp.has_extn("starttls"):
                raise ServerRefused("it does not offer STARTTLS, so nothing was sent")
            try:
                smtp.starttls(context=self.tls)
            except smtplib.SMTPResponseException as error:
                reply = self.reply(error.smtp_code, error.smtp_error)
                raise ServerRefused(f"STARTTLS: {reply}") from None
            smtp.ehlo_or_helo_if_needed()
        if self.user:
            self._log_in(smtp)

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        """
        By PLAIN (RFC 4616), else by LOGIN. Once: smtplib's own ``login`` tries
        a wrong password by every mechanism there is, which locks users out,
        and none that is not ASCII.
        """
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            plain = _encoded(f"\0{self.user}\0{self.password}")
            answer = smtp.docmd("AUTH", f"PLAIN {plain}")
        elif "LOGIN" in offered:
            answer = smtp.docmd("AUTH", "LOGIN")
            for text in (self.user, self.password):
                if answer[0] == 334:  # noqa: PLR2004 - RFC 4954, 4
                    answer = smtp.docmd(_encoded(text))
        else:
            raise ServerRefused("it offers neither AUTH PLAIN nor AUTH LOGIN")
        if answer[0] != 235:  # noqa: PLR2004 - RFC 4954, 6
            user = escaped(self.user)
            raise ServerRefused(f"AUTH as {user}: {self.reply(*answer)}")


def _own_name(connection: socket.socket) -> str:
    """Return what to say at EHLO: RFC 5321, 4.1.3 and 4.1.4."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = ipaddress.ip_address(connection.getsockname()[0].partition("%")[0])
    return f"[{'IPv6:' * (address.version == 6)}{address}]"  # noqa: PLR2004 - RFC 5321


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
