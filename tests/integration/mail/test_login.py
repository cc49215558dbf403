"""Logging in at a mail server."""

from __future__ import annotations

import base64

import pytest
import trustme

from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.mail import alert, notifier
from tests.integration.rigs.smtp import SmtpReceiver
from tests.integration.rigs.smtp_script import ScriptedSmtp


USER, PASSWORD = "rateguard", "pässword: 5%"
USERS = {USER: PASSWORD}
LOGIN = {"user": USER, "password": PASSWORD}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _encoded(text: str) -> str:
    """Return it as AUTH says it."""
    return base64.b64encode(text.encode()).decode()


class TestLogin:
    def test_is_done_over_tls(self, authority: trustme.CA) -> None:
        """With a password of any characters, once."""
        with SmtpReceiver(authority, starttls=True, users=USERS) as server:
            notifier(server.port, starttls=True, tls=server.trust, **LOGIN).deliver(
                alert()
            )

        assert [(True, USER)] == [(mail.tls, mail.login) for mail in server.mails]
        assert [(USER, PASSWORD)] == server.attempts

    def test_is_done_in_clear_on_the_same_machine(self) -> None:
        """Where nobody can listen, no certificate is needed."""
        with SmtpReceiver(users=USERS, auth_in_clear=True) as server:
            notifier(server.port, **LOGIN).deliver(alert())

        assert [(False, USER)] == [(mail.tls, mail.login) for mail in server.mails]

    def test_falls_back_to_login(self) -> None:
        """The mechanism LOGIN, where PLAIN is not offered."""
        answers = {
            "EHLO": b"250-mail\r\n250 AUTH CRAM-MD5 LOGIN\r\n",
            "AUTH": b"334 VXNlcm5hbWU6\r\n",
            _encoded(USER).upper(): b"334 UGFzc3dvcmQ6\r\n",
            _encoded(PASSWORD).upper(): b"235 welcome\r\n",
        }
        with ScriptedSmtp({**answers}) as server:
            notifier(server.port, **LOGIN).deliver(alert())

        begin = server.received.index("AUTH LOGIN") + 1
        said = [_encoded(USER), _encoded(PASSWORD)]
        assert said == server.received[begin : begin + 2]
        assert "MESSAGE" in server.steps

    @pytest.mark.parametrize("offer", ["AUTH CRAM-MD5 GSSAPI", "SIZE 1000"])
    def test_is_not_gone_without(self, offer: str) -> None:
        """A server that offers no way to log in gets no mail."""
        with (
            ScriptedSmtp({"EHLO": f"250-mail\r\n250 {offer}\r\n".encode()}) as server,
            pytest.raises(DeliveryFailed, match="neither AUTH PLAIN nor AUTH LOGIN"),
        ):
            notifier(server.port, **LOGIN).deliver(alert())

        assert ["CONNECT", "EHLO"] == server.steps

    def test_with_a_wrong_password_fails(self, authority: trustme.CA) -> None:
        """One attempt, told with the server's reply and without the password."""
        with (
            SmtpReceiver(authority, starttls=True, users={USER: "other"}) as server,
            pytest.raises(DeliveryFailed) as caught,
        ):
            notifier(server.port, starttls=True, tls=server.trust, **LOGIN).deliver(
                alert()
            )

        told = "AUTH as rateguard: 535 5.7.8 Authentication credentials invalid"
        assert f"localhost:{server.port}: {told}" == str(caught.value)
        assert [(USER, PASSWORD)] == server.attempts
        assert [] == server.mails


class TestPassword:
    @pytest.mark.parametrize("offer", ["AUTH PLAIN LOGIN", "SIZE 1000"])
    def test_is_not_said_in_clear(self, offer: str) -> None:
        """
        To a server that takes passwords but offers no STARTTLS, which is
        insisted on.
        """
        with (
            ScriptedSmtp({"EHLO": f"250-mail\r\n250 {offer}\r\n".encode()}) as server,
            pytest.raises(DeliveryFailed),
        ):
            notifier(server.port, starttls=True, **LOGIN).deliver(alert())

        assert ["CONNECT", "EHLO"] == server.steps

    @pytest.mark.parametrize(
        "repeated",
        [PASSWORD, _encoded(PASSWORD), _encoded(f"\0{USER}\0{PASSWORD}")],
        ids=["plain", "login", "auth"],
    )
    def test_is_in_no_error(self, repeated: str) -> None:
        """Even if the server says again what it was told."""
        answer = f"500 5.5.2 what is {repeated}?\r\n".encode()
        with (
            ScriptedSmtp({"AUTH": answer}) as server,
            pytest.raises(DeliveryFailed) as caught,
        ):
            notifier(server.port, **LOGIN).deliver(alert())

        assert str(caught.value).endswith(": 500 5.5.2 what is ***?")
        assert caught.value.__context__ is None

    def test_is_not_shown(self) -> None:
        """Nor by looking at the values that hold it."""
        shown = repr(notifier(25, **LOGIN).server)

        assert USER in shown
        assert PASSWORD not in shown
