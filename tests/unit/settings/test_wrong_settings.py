"""How an operator learns what is wrong."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.settings import DECLARATIONS, SECRETS
from rateguard.entrypoints.settings.environment import SettingsError, parse
from tests.unit.settings.texts import problems


WRONG = {
    "DB_DRIVER": "oracle",
    "DB_HOST": "a\nb",
    "DB_PORT": "0",
    "DB_USER": "a\nb",
    "DB_PASSWORD": "pass\nword",
    "DB_DATABASE": "a\nb",
    "DB_POOL_MINCACHED": "-1",
    "DB_POOL_MAXCACHED": "many",
    "DB_POOL_MAXSHARED": "1001",
    "DB_POOL_MAXUSAGE": "x",
    "DB_TIMEOUT": "0",
    "DB_LANES": "0",
    "DB_AUTO_MIGRATE": "maybe",
    "SOCKET": "10033",
    "SOCKET_MODE": "rw",
    "SOCKET_OWNER": "a\nb",
    "SOCKET_GROUP": "a\nb",
    "QUOTA": "unlimited",
    "ACTION_TEXT_BLOCKED": "one\ntwo",
    "ACTION_TEXT_SUSPENDED": "one\x7ftwo",
    "ACTION_ACCEPTED": "PERMIT",
    "REQUEST_DEADLINE": "never",
    "LOG_LEVEL": "LOUD",
    "LOG_FILE": "\0",
    "LOG_CONSOLE": "maybe",
    "SYSLOG": "maybe",
    "LOG_MSG_PREFIX": "maybe",
    "MESSAGE_RETENTION": "forever",
    "WARN_AT": "101",
    "WEBHOOK_ENABLED": "maybe",
    "WEBHOOK_URL": "example.org/hook",
    "WEBHOOK_SECRET": "one\ntwo",
    "WEBHOOK_USE_JWT": "maybe",
    "MAIL_ENABLED": "maybe",
    "MAIL_HOST": "a\nb",
    "MAIL_PORT": "65536",
    "MAIL_STARTTLS": "maybe",
    "MAIL_USER": "a\nb",
    "MAIL_PASSWORD": "one\ntwo",
    "MAIL_FROM": "postmaster",
    "MAIL_TO": "a@example.org, b",
    "MAIL_TO_SENDER": "maybe",
    "MAIL_TEMPLATES": "\0",
    "METRICS_LISTEN": "9110",
    "SENTRY_DSN": "sentry",
    "SENTRY_ENVIRONMENT": "a\nb",
}

names = [each.name for each in DECLARATIONS]


class TestWrongValues:
    def test_are_here_for_each_setting(self) -> None:
        """No setting takes just anything."""
        assert set(WRONG) == set(names)

    @pytest.mark.parametrize(("name", "text"), WRONG.items())
    def test_are_told_by_name_with_what_was_expected(
        self, name: str, text: str
    ) -> None:
        """A line each: the variable, what it may be, what it is."""
        (problem,) = problems(**{name: text})

        shown = "***" if name in SECRETS else repr(text)
        assert problem.startswith(f"{name}: expected ")
        assert problem.endswith(f", got {shown}")

    def test_are_all_told_at_once(self) -> None:
        """Nobody starts a daemon twenty times to learn of twenty mistakes."""
        found = problems(**WRONG)

        assert set(WRONG) == {problem.partition(":")[0] for problem in found}
        assert len(WRONG) == len(found)

    def test_are_one_error(self) -> None:
        """Its text has all lines."""
        with pytest.raises(RateGuardError) as caught:
            parse({"QUOTA": "x", "SYSLOG": "maybe"})

        assert isinstance(caught.value, SettingsError)
        assert "\n".join(caught.value.problems) == str(caught.value)
        assert [line[:6] for line in str(caught.value).splitlines()] == [
            "QUOTA:",
            "SYSLOG",
        ]


class TestSecrets:
    @pytest.mark.parametrize("name", sorted(SECRETS))
    @given(
        secret=st.text(st.characters(), min_size=1),
        others=st.sets(st.sampled_from(names)),
    )
    def test_are_in_no_error(self, name: str, secret: str, others: set[str]) -> None:
        """Right or wrong, alone or among other mistakes."""
        wrong = {other: text for other, text in WRONG.items() if other in others}
        secret = f"hunter2{secret}\n"

        found = problems(**wrong | {name: secret})

        assert [problem for problem in found if "hunter2" in problem] == []

    def test_are_known(self) -> None:
        """A new password, key or token has to be among them."""
        suspects = {
            name
            for name in names
            if any(word in name for word in ("PASSWORD", "SECRET", "TOKEN", "DSN"))
        }

        assert suspects <= SECRETS
