"""What a receiver gets."""

from __future__ import annotations

import base64

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.integration.rigs.receiver import HookReceiver, Received
from tests.integration.webhook.sending import AT, SENDER, TOKEN, alert, notifier


DOCUMENT = {
    "event": "quota_reached",
    "msgid": "4Rh7Yx0",
    "sender": SENDER,
    "client_address": "192.0.2.1",
    "client_name": "mail.example.net",
    "rcpt_count": 10,
    "from_addr": "from@example.com",
    "to_addr": "to@example.org",
    "timestamp": AT.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
    "quota": 1000,
    "quota_reset": 500,
    "used": 1001,
}

SENDERS = [
    "a+b&c/d?e#f@example.com",
    "100%@example.com",
    "%2e%2f@example.com",
    "two words@example.com",
    "{token}@example.com",
    "jörg@example.org",
    "\N{SMILING FACE WITH HORNS}",
    "a\\b\"c'd<e>f@example.com",
    "a;b,c=d:e@example.com",
]


def sent(receiver: HookReceiver, path: str, sender: str = SENDER) -> Received:
    """Return what arrives for the template *path*."""
    notifier(receiver.url(path)).deliver(alert(sender))
    (received,) = receiver.received
    return received


class TestRequest:
    def test_is_a_post_of_one_json_document(self, receiver: HookReceiver) -> None:
        """policyd-rate-guard's keys and kinds of values, and which event it is."""
        received = sent(receiver, "/hook?from=mail")

        assert (received.method, received.path) == ("POST", "/hook?from=mail")
        assert received.json == DOCUMENT

    def test_has_the_headers_that_were_promised(self, receiver: HookReceiver) -> None:
        """Who asks, what is sent, what is understood, by what a repeat is known."""
        headers = sent(receiver, "/hook").headers

        assert headers["User-Agent"] == "rateguard/1.2.3"
        assert headers["Accept"] == "application/json"
        assert headers["Content-Type"] == "application/json"
        assert headers["Idempotency-Key"] == "event-1"

    def test_of_a_repeat_has_the_same_key(self, receiver: HookReceiver) -> None:
        """And another event has another one."""
        sender = notifier(receiver.url("/hook"))

        for event_id in ("a", "a", "b"):
            sender.deliver(alert(event_id=event_id))

        keys = [each.headers["Idempotency-Key"] for each in receiver.received]
        assert keys == ["a", "a", "b"]


class TestPlaceholders:
    def test_are_every_key_of_the_document(self, receiver: HookReceiver) -> None:
        """Path and query alike, numbers as they are written."""
        template = "/".join(f"{{{key}}}" for key in DOCUMENT)

        path = sent(receiver, f"/{template}?x={template}").path

        texts = "/".join(str(value) for value in DOCUMENT.values())
        assert unquote(path) == f"/{texts}?x={texts}"

    @pytest.mark.parametrize("sender", SENDERS)
    def test_carry_any_sender(self, receiver: HookReceiver, sender: str) -> None:
        """
        Nothing in it ends the path or the query, or becomes a placeholder; in
        the document it is what it is.
        """
        received = sent(receiver, "/{sender}/hook?a={sender}&b=c", sender)

        path, _, query = received.path.partition("?")
        _, in_path, hook = path.split("/")
        in_query, last = query.split("&")
        assert (unquote(in_path), unquote(in_query)) == (sender, f"a={sender}")
        assert (hook, last) == ("hook", "b=c")
        assert received.json["sender"] == sender

    def test_leave_the_rest_of_the_address_alone(self, receiver: HookReceiver) -> None:
        """What is percent-encoded stays so, doubled braces are braces."""
        assert sent(receiver, "/a%2Fb?c=%20%26").path == "/a%2Fb?c=%20%26"

    def test_of_the_token_replaces_the_header(self, receiver: HookReceiver) -> None:
        """The token is in the address, and no Authorization beside it."""
        received = sent(receiver, "/hook?token={token}")

        assert received.path == f"/hook?token={TOKEN}"
        assert received.headers["Authorization"] is None


class TestAuthorization:
    def test_is_the_token(self, receiver: HookReceiver) -> None:
        """Where the address has no place for it."""
        expected = f"Bearer {TOKEN}"

        assert expected == sent(receiver, "/hook").headers["Authorization"]

    def test_is_not_what_a_netrc_file_says(
        self, receiver: HookReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not with the token in the header, nor with the token in the address."""
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login root password x\n", "utf-8")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))

        notifier(receiver.url("/hook")).deliver(alert())
        notifier(receiver.url("/{token}")).deliver(alert())

        found = [each.headers["Authorization"] for each in receiver.received]
        assert found == [f"Bearer {TOKEN}", None]

    def test_is_user_and_password_where_the_token_is_in_the_address(
        self, receiver: HookReceiver
    ) -> None:
        """
        They mean Basic; the token may be one of them. Without a place for the
        token in the address, its header comes first.
        """
        for template in ("http://ann:{token}@", "http://ann:b%40c@"):
            url = receiver.url("/hook").replace("http://", template)
            notifier(url).deliver(alert())

        found = [each.headers["Authorization"] for each in receiver.received]
        basic = base64.b64encode(f"ann:{TOKEN}".encode()).decode()
        assert found == [f"Basic {basic}", f"Bearer {TOKEN}"]


class TestProxy:
    def test_of_the_environment_is_used(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever has one has set it for everybody."""
        monkeypatch.setenv("http_proxy", receiver.url(""))

        notifier("http://hooks.example.com/{sender}").deliver(alert())

        (received,) = receiver.received
        expected = "http://hooks.example.com/test%40example.com"
        assert expected == received.path
        assert received.headers["Authorization"] == f"Bearer {TOKEN}"

    def test_is_not_used_for_hosts_that_are_excepted(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By ``no_proxy``."""
        with HookReceiver() as proxy:
            monkeypatch.setenv("http_proxy", proxy.url(""))
            monkeypatch.setenv("no_proxy", "127.0.0.1")
            notifier(receiver.url("/hook")).deliver(alert())

            assert (proxy.connections, len(receiver.received)) == (0, 1)
