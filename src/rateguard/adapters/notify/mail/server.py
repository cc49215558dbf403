"""The mail server that takes our mail."""

from __future__ import annotations

import base64
import ipaddress
import smtplib
import socket
import ssl

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

import attrs

from rateguard.adapters.notify.deadline import Deadline, dial
from rateguard.adapters.notify.failure import escaped
from rateguard.domain.errors import RateGuardError


class ServerRefused(RateGuardError):
    """
    The mail server does not want what it was told, or does not offer what is
    insisted on. Says which step it was, and the server's reply.
    """


@attrs.frozen
class Reply:
    """What the server said, fit to be shown."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """Whether it is a yes."""
        return 200 <= self.code < 300  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def permanent(self) -> bool:
        """Whether it is a no that stays one."""
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
    """A conversation in which mail can be sent."""

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


_QUIT_SECONDS = 1.0


@attrs.frozen
class MailServer:
    """
    Where it is, and who we are there.

    A password is only said over TLS, or to a server on this very machine: with
    a user, TLS is insisted on for every other, whatever *starttls* says.

    Attributes:
        starttls: Insist on STARTTLS (RFC 3207).

        implicit_tls: TLS from the first byte (RFC 8314).

        user: Who logs in; ``""`` if nobody does.

        helo: Our own name; if ``""``, that of the machine where it has a dot,
            else our address.

        tls: Which certificates are trusted, and that they are verified.
    """

    host: str
    port: int
    starttls: bool = False
    implicit_tls: bool = False
    user: str = ""
    password: str = attrs.field(default="", repr=False)
    helo: str = ""
    tls: ssl.SSLContext = attrs.field(factory=ssl.create_default_context, repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @contextmanager
    def session(self, deadline: Deadline) -> Iterator[MailSession]:
        """
        Yield a conversation that has come so far that mail can be sent.

        Raises:
            ServerRefused: the server does not want us, or we do not want it.
            OSError: it cannot be reached, hung up, or time was up; also every
                ``SMTPException``, and what is wrong with a certificate.
        """
        connection = dial(self.host, self.port, deadline)
        # Given no host, it does not connect; and given a name, it does not
        # look up ours.
        smtp = Smtp(local_hostname=self.helo or _own_name(connection))
        smtp.sock = connection
        try:
            self._introduce(smtp, connection)
            yield MailSession(smtp, self.reply)
            # Everything is said and done: nobody waits for a slow goodbye.
            with suppress(OSError):
                smtp.sock.settimeout(min(_QUIT_SECONDS, deadline.left()))
                smtp.quit()
        finally:
            smtp.close()

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
        for secret in filter(None, (self.password, *self._secrets())):
            said = said.replace(secret, "***")
        return Reply(code, escaped(" ".join(said.split())))

    def _secrets(self) -> tuple[str, str]:
        plain = f"\0{self.user}\0{self.password}" if self.password else ""
        return _encoded(plain), _encoded(self.password)

    def _introduce(self, smtp: smtplib.SMTP, connection: socket.socket) -> None:
        insists = self.insists_on_tls(connection.getpeername()[0])
        if self.implicit_tls:
            self._encrypt(smtp, connection)
        self._expect(220, "connecting", smtp.getreply())
        smtp.ehlo_or_helo_if_needed()
        if not self.implicit_tls and insists:
            if not smtp.has_extn("starttls"):
                raise ServerRefused("it offers no STARTTLS, so nothing was sent")
            self._expect(220, "STARTTLS", smtp.docmd("STARTTLS"))
            self._encrypt(smtp, connection)
            smtp.ehlo_or_helo_if_needed()
        if self.user:
            self._log_in(smtp)

    def _encrypt(self, smtp: smtplib.SMTP, connection: socket.socket) -> None:
        """Forget all that was said without TLS: RFC 3207, 4.2."""
        if smtp.file is not None:
            smtp.file.close()
        smtp.file = smtp.helo_resp = smtp.ehlo_resp = None
        smtp.esmtp_features = {}
        smtp.does_esmtp = False
        smtp.sock = self.tls.wrap_socket(
            connection, server_hostname=self.host.rstrip(".")
        )

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
        self._expect(235, f"AUTH as {escaped(self.user)}", answer)

    def _expect(self, code: int, what: str, answer: tuple[int, bytes]) -> None:
        if answer[0] != code:
            raise ServerRefused(f"{what}: {self.reply(*answer)}")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _own_name(connection: socket.socket) -> str:
    """Return what to say at EHLO: RFC 5321, 4.1.3 and 4.1.4."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = ipaddress.ip_address(connection.getsockname()[0].partition("%")[0])
    return f"[{'IPv6:' * (address.version == 6)}{address}]"  # noqa: PLR2004 - RFC 5321
