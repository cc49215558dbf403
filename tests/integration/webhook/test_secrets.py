"""What an operator, a log or a traceback never shows."""

from __future__ import annotations

import logging
import ssl
import traceback

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

import pytest
import trustme

from rateguard.adapters.notify.webhook.document import jwt_key, jwt_token
from rateguard.domain.errors import DeliveryFailed
from rateguard.entrypoints.daemon.notifications import Punctual
from tests.integration.rigs.black_hole import black_hole
from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.loggers import existing
from tests.integration.webhook.sending import (
    SECRET,
    SENDER,
    TOKEN,
    alert,
    notifier,
)
from tests.unit.doubles import NOON, HandClock, LogSpy


JWT = jwt_token(jwt_key(SECRET), SENDER, at=NOON)
PASSWORD = "hunter2"
PROXY_PASSWORD = "swordfish"
FORBIDDEN = {
    SECRET,
    TOKEN,
    JWT,
    PASSWORD,
    PROXY_PASSWORD,
    "secret-path",
    "secret-query",
}
FORBIDDEN |= {SENDER, quote(SENDER, safe="")}

URL = (
    "http://ann:hunter2@127.0.0.1:{port}/secret-path/{{token}}?secret-query={{sender}}"
)

Arrange = Callable[[HookReceiver], object]

RECEIVERS: dict[str, Arrange] = {
    "well": lambda receiver: receiver.answer(200),
    "refuses": HookReceiver.refuse,
    "hangs": HookReceiver.hang,
    "drips": HookReceiver.drip_header,
    "is mute": HookReceiver.mute,
    "fails": lambda receiver: receiver.answer(500, body=TOKEN.encode()),
    "redirects": lambda receiver: receiver.redirect(f"/secret-path/{TOKEN}"),
    "redirects to nothing": lambda receiver: receiver.redirect(f"http://[/{TOKEN}"),
    "says nothing": lambda receiver: receiver.say(b""),
    "speaks SSH": lambda receiver: receiver.say(b"SSH-2.0\r\n"),
    "repeats the secret": lambda receiver: receiver.say(
        f"HTTP/1.1 500 {TOKEN}\r\n\r\n".encode()
    ),
    # urllib3 warns of it, with the address.
    "has a broken header": lambda receiver: receiver.say(
        f"HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n".encode()
    ),
}

ADDRESSES = {
    "unknown": URL.replace("127.0.0.1", "{{sender}}.invalid"),
    "secret host": URL.replace("127.0.0.1", "{{token}}.invalid"),
    "no host": URL.replace("127.0.0.1", "a..b"),
    "no TLS": URL.replace("http:", "https:"),
}


@pytest.fixture
def shown(logged: LogSpy, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Deliver, and return all that there is to see of it."""

    def deliver(url: str, *, sender: str = SENDER) -> str:
        texts = []
        for use_jwt in (False, True):
            told = notifier(url, seconds=0.3, use_jwt=use_jwt, clock=HandClock(NOON))
            texts += [repr(told), repr(told.webhook), str(told)]
            try:
                Punctual(told, 2.0).deliver(alert(sender))
            except DeliveryFailed as error:
                # An error that came along would be among these.
                texts += [repr(error), *traceback.format_exception(error)]
                texts += [repr(error.__cause__), repr(error.__context__)]
        formatter = logging.Formatter()
        texts += [formatter.format(record) for record in logged.records]
        texts += capfd.readouterr()
        return "\n".join(texts)

    return deliver


def leaks(text: str) -> set[str]:
    """Return what is in there and should not be."""
    return {word for word in FORBIDDEN if word in text}


class TestNothingIsShown:
    @pytest.mark.parametrize("arrange", RECEIVERS.values(), ids=RECEIVERS)
    @pytest.mark.parametrize("placeholder", ["{{token}}", "path"])
    def test_whatever_the_receiver_does(
        self,
        receiver: HookReceiver,
        shown: Callable[..., str],
        arrange: Arrange,
        placeholder: str,
    ) -> None:
        """
        Neither secret nor token, neither path nor query, nor a password in the
        address: with the token in the address or in the header.
        """
        arrange(receiver)
        template = URL.replace("{{token}}", placeholder)

        assert leaks(shown(template.format(port=receiver.port))) == set()

    @pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
    def test_whatever_the_address_is(
        self, receiver: HookReceiver, shown: Callable[..., str], address: str
    ) -> None:
        """Also where a placeholder is part of the host's name."""
        receiver.say(b"no")

        assert leaks(shown(address.format(port=receiver.port))) == set()

    def test_where_a_certificate_is_refused(self, shown: Callable[..., str]) -> None:
        """OpenSSL's texts are not ours."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        with HookReceiver(context) as receiver:
            url = URL.format(port=receiver.port).replace("http:", "https:")

            assert leaks(shown(url)) == set()

    def test_where_nobody_is(self, shown: Callable[..., str]) -> None:
        """Packets vanish."""
        with black_hole() as port:
            assert leaks(shown(URL.format(port=port))) == set()

    @pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
    def test_behind_a_proxy_that_fails(
        self,
        receiver: HookReceiver,
        shown: Callable[..., str],
        monkeypatch: pytest.MonkeyPatch,
        scheme: str,
    ) -> None:
        """The proxy's own password neither."""
        receiver.answer(407)
        proxy = f"{scheme}://ann:{PROXY_PASSWORD}@127.0.0.1:{receiver.port}"
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("https_proxy", proxy)

        for url in (URL, URL.replace("http:", "https:")):
            found = shown(url.replace("127.0.0.1", "example.com").format(port=80))
            assert leaks(found) == set()

    def test_where_we_have_a_bug(
        self, receiver: HookReceiver, shown: Callable[..., str]
    ) -> None:
        """
        A sender that cannot be encoded does not occur. The error would have
        secret and sender in its representation.
        """
        assert leaks(shown(receiver.url("/{token}"), sender=f"{SENDER}\udcff")) == set()
        assert receiver.received == []


class TestUrllib3:
    def test_has_no_logger_that_says_anything(self, logged: LogSpy) -> None:
        """Every one that there is: a new one is found here."""
        with suppress(DeliveryFailed):
            notifier("http://receiver.invalid/").deliver(alert())
        theirs = [each for each in existing() if each.name.startswith("urllib3.")]
        logged.records.clear()

        for logger in theirs:
            logger.critical("x")

        assert "urllib3.connectionpool" in [each.name for each in theirs]
        assert logged.lines == []
