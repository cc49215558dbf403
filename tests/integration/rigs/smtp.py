"""A private mail server that keeps what it is given."""

from __future__ import annotations

import socket
import ssl

from collections.abc import Awaitable
from typing import Any, Self, cast

import attrs
import trustme

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.integration.rigs.received_mail import ReceivedMail


_OK = "250 2.0.0 OK"


@attrs.define
class SmtpReceiver:
    """
    A mail server on a free port of 127.0.0.1: a context manager.

    Args:
        authority: Who vouches for its certificate.

        name: What the certificate is for.

        starttls: Offer STARTTLS.

        implicit_tls: TLS from the first byte.

        users: Passwords by name.

        auth_in_clear: Offer AUTH without TLS, too.

    Attributes:
        mails: What was taken.

        attempts: Every name and password that was tried.

        answers: What is said to a recipient or, under ``DATA``, to a message,
            in place of a yes.

        connections: How many there were.

        port: Where it listens.
    """

    authority: trustme.CA = attrs.Factory(trustme.CA)
    name: str = "localhost"
    starttls: bool = False
    implicit_tls: bool = False
    users: dict[str, str] = attrs.Factory(dict)
    auth_in_clear: bool = False
    mails: list[ReceivedMail] = attrs.field(init=False, factory=list)
    attempts: list[tuple[str, str]] = attrs.field(init=False, factory=list)
    answers: dict[str, str] = attrs.field(init=False, factory=dict)
    connections: int = attrs.field(init=False, default=0)
    port: int = attrs.field(init=False)
    _listener: socket.socket = attrs.field(init=False)
    _controller: _Controller = attrs.field(init=False)

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client needs to believe its certificate."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def __enter__(self) -> Self:
        """Begin to listen."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(self.name).configure_cert(tls)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._controller = _Controller(
            _Handler(self),
            "127.0.0.1",
            self.port,
            listener=self._listener,
            ssl_context=tls if self.implicit_tls else None,
            tls_context=tls if self.starttls else None,
            # With TLS from the first byte aiosmtpd believes there is none.
            auth_require_tls=not (self.implicit_tls or self.auth_in_clear),
            authenticator=self._authenticate if self.users else None,
        )
        self._controller.start()
        # The controller has tried it out.
        self.connections = 0
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on everybody."""
        self._controller.stop()
        self._listener.close()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        user, password = data.login.decode(), data.password.decode()
        self.attempts.append((user, password))
        return AuthResult(
            success=self.users.get(user) == password, handled=False, auth_data=user
        )


@attrs.define
class _Handler:
    _receiver: SmtpReceiver

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        answer = self._receiver.answers.get(address, _OK)
        if answer == _OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        receiver = self._receiver
        answer = receiver.answers.get("DATA", _OK)
        if answer == _OK:
            receiver.mails.append(
                ReceivedMail(
                    sender=envelope.mail_from or "",
                    recipients=list(envelope.rcpt_tos),
                    raw=cast("bytes", envelope.content),
                    tls=receiver.implicit_tls or session.ssl is not None,
                    login=cast("str | None", session.auth_data),
                    connection=receiver.connections,
                )
            )
        return answer


class _Controller(Controller):
    """
    aiosmtpd's, on a socket that is bound already, so that nobody else can take
    the port in between.
    """

    def __init__(self, *args: Any, listener: socket.socket, **options: Any) -> None:
        super().__init__(*args, **options)
        self._listener = listener

    def _create_server(self) -> Awaitable[Any]:
        return self.loop.create_server(
            self._factory_invoker, sock=self._listener, ssl=self.ssl_context
        )

    def factory(self) -> SMTP:
        self.handler._receiver.connections += 1
        return SMTP(self.handler, **self.SMTP_kwargs)
