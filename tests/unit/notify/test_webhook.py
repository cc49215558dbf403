"""What a webhook shows of itself."""

from __future__ import annotations

import pytest

from rateguard.adapters.notify.webhook.notifier import Webhook, WebhookNotifier
from tests.unit.doubles import HandClock


SECRET = "Wk9YZXliVlVtY2pQcFlFUm9KY1U1ZkFFaUpWTk1FU20="


def webhook(url: str, *, secret: str = SECRET, use_jwt: bool = False) -> Webhook:
    """Return a webhook to *url*."""
    return Webhook(url=url, secret=secret, use_jwt=use_jwt, version="1.2.3")


class TestHost:
    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://hooks.example.com/a/{token}?b#c", "hooks.example.com"),
            ("https://hooks.example.com:8443", "hooks.example.com:8443"),
            ("https://ann:hunter2@hooks.example.com/", "hooks.example.com"),
            ("https://ann:hunt@er2@hooks.example.com/", "hooks.example.com"),
            ("https://hooks.example.com?a@b", "hooks.example.com"),
            ("http://[::1]:80/x", "[::1]:80"),
            ("https://{token}.example.com/", "{token}.example.com"),
        ],
    )
    def test_is_all_that_is_told_of_an_address(self, url: str, host: str) -> None:
        """No user, no password, no path; a placeholder is not filled in."""
        assert host == webhook(url).host


class TestTokenInUrl:
    @pytest.mark.parametrize(
        ("url", "there"),
        [
            ("https://h/{token}", True),
            ("https://h/?t={token}&s={sender}", True),
            ("https://{token}@h/", True),
            ("https://h/{sender}", False),
            ("https://h/{{token}}", False),
            ("https://h/token", False),
        ],
    )
    def test_is_seen_where_it_is_a_placeholder(self, url: str, there: bool) -> None:
        """Doubled braces are braces."""
        assert there == webhook(url).token_in_url


class TestRepresentation:
    @pytest.mark.parametrize("use_jwt", [True, False])
    def test_has_no_secret(self, use_jwt: bool) -> None:
        """Neither of the value nor of the notifier; the address may hold one."""
        value = webhook("https://ann:hunter2@h/s3cret", use_jwt=use_jwt)
        notifier = WebhookNotifier(value, HandClock())

        for shown in (repr(value), str(value), repr(notifier), str(notifier)):
            assert "1.2.3" in shown
            for secret in (SECRET, "hunter2", "s3cret", "ZOXeyb"):
                assert secret not in shown


class TestNotifier:
    def test_is_called_webhook(self) -> None:
        """What waits in the outbox is found by it, from version to version."""
        assert WebhookNotifier(webhook("https://h/"), HandClock()).name == "webhook"
