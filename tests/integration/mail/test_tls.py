"""TLS to a mail server, and no mail without it."""

from __future__ import annotations

import ssl

import pytest
import trustme

from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.mail import alert, notifier
from tests.integration.rigs.smtp import SmtpReceiver
from tests.integration.rigs.smtp_script import ScriptedSmtp


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class TestStarttls:
    def test_is_used(self, authority: trustme.CA) -> None:
        """The mail comes over TLS."""
        with SmtpReceiver(authority, starttls=True) as server:
            notifier(server.port, starttls=True, tls=server.trust).deliver(alert())

        assert [True] == [mail.tls for mail in server.mails]

    def test_is_insisted_on(self) -> None:
        """
        A server that does not offer it, or whose offer somebody took away,
        gets nothing.
        """
        with SmtpReceiver() as server, pytest.raises(DeliveryFailed) as caught:
            notifier(server.port, starttls=True).deliver(alert())

        assert [] == server.mails
        where = f"localhost:{server.port}"
        assert f"{where}: it does not offer STARTTLS, so nothing was sent" == str(
            caught.value
        )

    def test_that_fails_is_not_gone_without(self) -> None:
        """Nothing is said after a no to STARTTLS."""
        answers = {"STARTTLS": b"454 4.7.0 TLS not available\r\n"}
        with (
            ScriptedSmtp({**answers}) as server,
            pytest.raises(DeliveryFailed, match="STARTTLS: 454 "),
        ):
            notifier(server.port, starttls=True).deliver(alert())

        assert ["CONNECT", "EHLO", "STARTTLS"] == server.steps

    def test_believes_no_stranger(self, authority: trustme.CA) -> None:
        """A certificate of somebody we do not trust."""
        with (
            SmtpReceiver(authority, starttls=True) as server,
            pytest.raises(DeliveryFailed, match="comes from an untrusted authority"),
        ):
            notifier(server.port, starttls=True).deliver(alert())

        assert [] == server.mails

    def test_believes_no_other_name(self, authority: trustme.CA) -> None:
        """A certificate for another host."""
        with (
            SmtpReceiver(authority, "mail.example.net", starttls=True) as server,
            pytest.raises(DeliveryFailed, match="is for another name"),
        ):
            notifier(server.port, starttls=True, tls=server.trust).deliver(alert())

        assert [] == server.mails

    def test_knows_addresses(self, authority: trustme.CA) -> None:
        """MAIL_HOST may be an address that the certificate has."""
        with SmtpReceiver(authority, "127.0.0.1", starttls=True) as server:
            by_address = notifier(
                server.port, host="127.0.0.1", starttls=True, tls=server.trust
            )
            by_address.deliver(alert())

        assert [True] == [mail.tls for mail in server.mails]

    def test_verifies_by_default(self) -> None:
        """What the system trusts, and the host's name."""
        server = notifier(25).server

        assert ssl.CERT_REQUIRED == server.tls.verify_mode
        assert server.tls.check_hostname


class TestImplicitTls:
    def test_is_used(self, authority: trustme.CA) -> None:
        """TLS from the first byte, with a login."""
        with SmtpReceiver(
            authority, implicit_tls=True, users={"rateguard": "secret"}
        ) as server:
            notifier(
                server.port,
                implicit_tls=True,
                tls=server.trust,
                user="rateguard",
                password="secret",
            ).deliver(alert())

        assert [(True, "rateguard")] == [
            (mail.tls, mail.login) for mail in server.mails
        ]

    def test_needs_no_starttls(self, authority: trustme.CA) -> None:
        """MAIL_STARTTLS with port 465 is no contradiction."""
        with SmtpReceiver(authority, implicit_tls=True) as server:
            notifier(
                server.port, implicit_tls=True, starttls=True, tls=server.trust
            ).deliver(alert())

        assert [True] == [mail.tls for mail in server.mails]

    def test_believes_no_other_name(self, authority: trustme.CA) -> None:
        """As with STARTTLS."""
        with (
            SmtpReceiver(authority, "mail.example.net", implicit_tls=True) as server,
            pytest.raises(DeliveryFailed, match="is for another name"),
        ):
            notifier(server.port, implicit_tls=True, tls=server.trust).deliver(alert())
