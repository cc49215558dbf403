"""Mail addresses in settings."""

from __future__ import annotations

import pytest

from tests.unit.settings.texts import problems, settings


class TestMailFrom:
    @pytest.mark.parametrize(
        "text", ["rateguard@example.com", "a.b+c@mail-1.example.com", "root@localhost"]
    )
    def test_is_an_address(self, text: str) -> None:
        """As it was written."""
        assert text == settings(MAIL_FROM=text).mail_from

    @pytest.mark.parametrize(
        "text",
        [
            "rateguard",
            "@example.com",
            "rateguard@",
            "a b@example.com",
            "a@b@example.com",
            "a@example.com,b@example.com",
            "RateGuard <rateguard@example.com>",
            '"rate guard"@example.com',
            "rate..guard@example.com",
            "rateguard@[192.0.2.1]",
            "rateguard@exämple.com",
            "rateguard@example.com\r\nBcc: eve@example.com",
        ],
    )
    def test_is_nothing_that_needs_quoting(self, text: str) -> None:
        """What stands in a header and an envelope as it is."""
        assert (f"MAIL_FROM: expected a mail address, got {text!r}",) == problems(
            MAIL_FROM=text
        )


class TestMailTo:
    @pytest.mark.parametrize(
        "text",
        [
            "ops@example.com noc@example.net",
            "ops@example.com,noc@example.net",
            " ops@example.com , noc@example.net, ",
            "ops@example.com; noc@example.net",
            "ops@example.com noc@example.net ops@example.com",
        ],
    )
    def test_is_several(self, text: str) -> None:
        """Separated by spaces or commas, in the order given, each once."""
        expected = ("ops@example.com", "noc@example.net")

        assert expected == settings(MAIL_TO=text).mail_to

    @pytest.mark.parametrize("text", ["ops", ",", "ops@example.com noc", "a@b <c@d>"])
    def test_is_nothing_else(self, text: str) -> None:
        """One that is no address spoils it all."""
        (problem,) = problems(MAIL_TO=text)

        assert problem.startswith("MAIL_TO: expected mail addresses separated by")
