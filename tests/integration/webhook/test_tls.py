"""Whom a token is shown to."""

from __future__ import annotations

import datetime as dt
import ssl

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.sending import alert, failure, notifier


HOST = "127.0.0.1"

Secure = Callable[[trustme.LeafCert], HookReceiver]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs our certificates."""
    return trustme.CA()


@pytest.fixture
def _trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment trusts our authority, and no other."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))


@pytest.fixture
def secure() -> Iterator[Secure]:
    """Makes a receiver with a certificate."""
    with ExitStack() as stack:

        def make(certificate: trustme.LeafCert) -> HookReceiver:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            certificate.configure_cert(context)
            return stack.enter_context(HookReceiver(context))

        yield make


class TestCertificate:
    @pytest.mark.usefixtures("_trusted")
    def test_that_is_trusted_gets_the_alert(
        self, authority: trustme.CA, secure: Secure
    ) -> None:
        """By an authority that the environment names."""
        receiver = secure(authority.issue_cert(HOST))

        notifier(receiver.url("/hook")).deliver(alert())

        assert len(receiver.received) == 1

    def test_of_an_unknown_authority_gets_nothing(
        self, authority: trustme.CA, secure: Secure
    ) -> None:
        """Not even the path."""
        receiver = secure(authority.issue_cert(HOST))

        told = failure(receiver.url("/hook"))

        assert told.endswith(": its certificate comes from an untrusted authority")
        assert (receiver.connections, receiver.received) == (1, [])

    def test_that_signed_itself_gets_nothing(
        self, authority: trustme.CA, secure: Secure, tmp_path: Path
    ) -> None:
        """As the authority's own does."""
        file = tmp_path / "self.pem"
        authority.private_key_pem.write_to_path(str(file))
        authority.cert_pem.write_to_path(str(file), append=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        with HookReceiver(context) as receiver:
            told = failure(receiver.url("/hook"))

            assert told.endswith(": its certificate is self-signed")
            assert (receiver.connections, receiver.received) == (1, [])

    @pytest.mark.usefixtures("_trusted")
    @pytest.mark.parametrize(
        ("host", "words"),
        [(HOST, "for another address"), ("localhost", "for another name")],
    )
    def test_of_another_host_gets_nothing(
        self, authority: trustme.CA, secure: Secure, host: str, words: str
    ) -> None:
        """However trusted its authority is."""
        receiver = secure(authority.issue_cert("other.example.com"))

        told = failure(receiver.url("/hook", host=host))

        assert told.endswith(f": its certificate is {words}")
        assert receiver.received == []

    @pytest.mark.usefixtures("_trusted")
    def test_that_has_expired_gets_nothing(
        self, authority: trustme.CA, secure: Secure
    ) -> None:
        """The operator is told what to renew."""
        past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        receiver = secure(
            authority.issue_cert(
                HOST, not_before=past, not_after=past + dt.timedelta(days=1)
            )
        )

        told = failure(receiver.url("/hook"))

        assert told.endswith(": its certificate has expired")
        assert receiver.received == []


class TestPlainHttp:
    def test_is_no_way_out_for_https(self, receiver: HookReceiver) -> None:
        """A receiver that does not speak TLS gets no request."""
        receiver.say(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        told = failure(receiver.url("/hook").replace("http:", "https:"), seconds=1)

        assert told.startswith(f"127.0.0.1:{receiver.port}: ")
        # The random bytes of a hello may look like a request.
        assert "POST" not in [each.method for each in receiver.received]
