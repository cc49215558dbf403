"""Who is told by mail and what that needs; when somebody is warned."""

from __future__ import annotations

import pytest

from tests.unit.settings.texts import problems, settings


MAIL = {
    "MAIL_ENABLED": "true",
    "MAIL_FROM": "rateguard@example.org",
    "MAIL_TO": "postmaster@example.org",
}


def without(variables: dict[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in variables.items() if name not in names}


def needed(name: str, since: str) -> str:
    return f"{name}: expected {since}, got none"


class TestMail:
    def test_needs_a_sender_and_a_recipient(self) -> None:
        """Each that lacks is named."""
        expected = (
            needed("MAIL_FROM", "a value, since MAIL_ENABLED is true"),
            needed("MAIL_TO", "an address, since MAIL_ENABLED is true"),
        )
        assert expected == problems(MAIL_ENABLED="on")

    def test_to_the_sender_needs_no_other_recipient(self) -> None:
        """It counts as one."""
        variables = without(MAIL, "MAIL_TO") | {"MAIL_TO_SENDER": "true"}

        found = settings(**variables)

        assert (found.mail_to, found.mail_to_sender) == (None, True)

    def test_that_is_off_needs_nothing(self) -> None:
        """Half a configuration that is not used yet is no mistake."""
        assert not settings(MAIL_USER="rateguard").mail_enabled

    @pytest.mark.parametrize(
        ("given", "lacking"),
        [("MAIL_USER", "MAIL_PASSWORD"), ("MAIL_PASSWORD", "MAIL_USER")],
    )
    def test_logs_in_with_both_or_not_at_all(self, given: str, lacking: str) -> None:
        """A name without a password is a mistake, and the other way round."""
        expected = needed(lacking, f"a value, since {given} is set")

        assert (expected,) == problems(**MAIL | {given: "x"})
        assert settings(**MAIL | {given: "x", lacking: "y"}).mail_enabled

    @pytest.mark.parametrize(
        "text",
        [
            "a@example.org b@example.org",
            "a@example.org,b@example.org",
            " a@example.org ;\tb@example.org, a@example.org ,",
        ],
    )
    def test_goes_to_several(self, text: str) -> None:
        """Separated by spaces or commas, each once, in the order given."""
        found = settings(**MAIL | {"MAIL_TO": text})

        assert found.mail_to == ("a@example.org", "b@example.org")

    @pytest.mark.parametrize("name", ["MAIL_FROM", "MAIL_TO"])
    @pytest.mark.parametrize(
        "text",
        [
            "postmaster",
            "@example.org",
            "a@",
            "a@b@example.org",
            "<a@example.org>",
            '"a b"@example.org',
            "a@[127.0.0.1]",
            "a\x00@example.org",
            "j\u00f6rg@example.org",
        ],
    )
    def test_refuses_what_is_no_address(self, name: str, text: str) -> None:
        """Or one that a mail server would have to be told in quotes."""
        (problem,) = problems(**MAIL | {name: text})

        assert problem.startswith(f"{name}: expected ")


class TestWarning:
    @pytest.mark.parametrize(("text", "percent"), [("0", 0), ("80", 80), ("100", 100)])
    def test_is_at_a_percentage(self, text: str, percent: int) -> None:
        """0 does not warn."""
        assert percent == settings(WARN_AT=text).warn_at

    @pytest.mark.parametrize("text", ["101", "-1", "80%", "0.8"])
    def test_is_at_nothing_else(self, text: str) -> None:
        """More than the quota is no warning."""
        (problem,) = problems(WARN_AT=text)

        assert problem.startswith("WARN_AT: expected a percentage up to 100")
