"""Where notices go, and with which token."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.notify.webhook.document import KEYS
from rateguard.entrypoints.settings import url, url_template
from tests.unit.settings.texts import problems, settings


SECRET = "Wk9YZXliVlVtY2pQcFlFUm9KY1U1ZkFFaUpWTk1FU20="
ADDRESS = "https://hooks.example.com/rateguard"

ADDRESSES = [
    ADDRESS,
    "http://localhost",
    "http://localhost:8080/a%20b?c=d&e=#f",
    "https://[::1]:8443/",
    "https://192.0.2.1/",
    "HTTPS://hooks.example.com/",
    "https://ann:hunter2@hooks.example.com/",
    "https://b\u00fccher.example/",
]
NO_ADDRESSES = [
    "hooks.example.com",
    "/hook",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "https://",
    "https:///path",
    "https://:443/",
    "https://user@/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:70000/",
    "https://hooks.example.com:port/",
    "https://[::1/",
    "https://hooks.example.com/a b",
    "https://hooks.example.com/\nX: y",
    "https://hooks.example.com/\x7f",
]
NO_TEMPLATES = [
    "{", "}", "{}", "{0}", "{ token}", "{Token}", "{secret}", "{token!r}",
    "{token:>9}", "{token.real}", "{token[0]}", "{sender.__class__}", "{{token}",
]  # fmt: skip


class TestUrl:
    @pytest.mark.parametrize("text", ADDRESSES)
    def test_is_taken_as_it_is_written(self, text: str) -> None:
        """By HTTP or HTTPS, to any host."""
        assert text == url(text)

    @pytest.mark.parametrize("text", NO_ADDRESSES)
    def test_is_refused_if_nothing_can_be_sent_there(self, text: str) -> None:
        """At start, not at the first crossing."""
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            url(text)

    @given(st.text(st.characters()))
    def test_is_any_text_or_a_wrong_one(self, text: str) -> None:
        """Nothing but ValueError is ever raised."""
        for parse in (url, url_template):
            try:
                assert text == parse(text)
            except ValueError:
                pass


class TestUrlTemplate:
    @pytest.mark.parametrize("key", ["token", *KEYS])
    def test_may_have_any_key_of_the_document(self, key: str) -> None:
        """And the token."""
        text = f"{ADDRESS}/{{{key}}}?x={{{key}}}"

        assert text == url_template(text)

    @pytest.mark.parametrize("text", [*ADDRESSES, f"{ADDRESS}/{{{{x}}}}"])
    def test_may_have_none(self, text: str) -> None:
        """Doubled braces are braces."""
        assert text == url_template(text)

    @pytest.mark.parametrize("text", NO_TEMPLATES)
    def test_has_nothing_else_in_braces(self, text: str) -> None:
        """What cannot be filled in would be found at the first crossing."""
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            url_template(f"{ADDRESS}/{text}")

    @pytest.mark.parametrize("key", ["sender", "client_name", "token"])
    def test_has_none_in_the_host(self, key: str) -> None:
        """Nobody but the operator says who is given the token."""
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            url_template(f"https://{{{key}}}.example.com/")

    @pytest.mark.parametrize("text", NO_ADDRESSES)
    def test_is_an_address_once_it_is_filled_in(self, text: str) -> None:
        """What is refused without placeholders is refused with them."""
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            url_template(f"{text}{{token}}" if text != "https://" else text)


class TestWebhook:
    def test_is_off_unless_it_is_switched_on(self) -> None:
        """Address and secret may stay where they are."""
        found = settings(WEBHOOK_URL=ADDRESS, WEBHOOK_SECRET="x")

        assert (found.webhook_enabled, found.webhook_use_jwt) == (False, False)

    @pytest.mark.parametrize("use_jwt", ["true", "false"])
    def test_is_switched_on_with_address_and_secret(self, use_jwt: str) -> None:
        """With either token."""
        found = settings(
            WEBHOOK_ENABLED="true",
            WEBHOOK_URL=f"{ADDRESS}/{{token}}",
            WEBHOOK_SECRET=SECRET,
            WEBHOOK_USE_JWT=use_jwt,
        )

        assert found.webhook_enabled is True
        assert (found.webhook_url, found.webhook_secret) == (
            f"{ADDRESS}/{{token}}",
            SECRET,
        )

    def test_needs_both(self) -> None:
        """Told at once, each by its name."""
        assert problems(WEBHOOK_ENABLED="true") == (
            "WEBHOOK_URL: expected a value, since WEBHOOK_ENABLED is true, got none",
            "WEBHOOK_SECRET: expected a value, since WEBHOOK_ENABLED is true, got none",
        )

    def test_takes_any_secret_for_the_simple_token(self) -> None:
        """It is text; a space is part of it."""
        found = settings(
            WEBHOOK_ENABLED="true", WEBHOOK_URL=ADDRESS, WEBHOOK_SECRET=" x "
        )

        assert found.webhook_secret == " x "


class TestJwtSecret:
    @pytest.mark.parametrize("secret", ["hunter2hunter2", "aHVudGVyMg==", f"{SECRET}!"])
    def test_is_checked_before_anything_starts(self, secret: str) -> None:
        """How to make one is told, what was given is not."""
        (problem,) = problems(
            WEBHOOK_ENABLED="true",
            WEBHOOK_URL=ADDRESS,
            WEBHOOK_SECRET=secret,
            WEBHOOK_USE_JWT="true",
        )

        assert problem.startswith("WEBHOOK_SECRET: expected base64")
        assert problem.endswith("openssl rand -base64 32")
        assert secret not in problem

    @pytest.mark.parametrize(
        "variables", [{"WEBHOOK_USE_JWT": "true"}, {"WEBHOOK_ENABLED": "true"}]
    )
    def test_need_be_no_key_where_none_is_used(self, variables: dict[str, str]) -> None:
        """Without a JWT, or without a webhook."""
        every = {"WEBHOOK_URL": ADDRESS, "WEBHOOK_SECRET": "x", **variables}

        assert settings(**every).webhook_secret == "x"
