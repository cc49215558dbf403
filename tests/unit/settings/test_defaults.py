"""What holds where the operator says nothing."""

from __future__ import annotations

import datetime as dt
import logging

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.settings import DECLARATIONS, SECRETS
from rateguard.entrypoints.settings.addresses import TcpAddress
from rateguard.entrypoints.settings.environment import parse
from tests.unit.settings.texts import settings


DEFAULTS = {
    "DB_DRIVER": "sqlite3",
    "DB_HOST": "localhost",
    "DB_PORT": 3306,
    "DB_USER": "policyd-rate-guard",
    "DB_PASSWORD": None,
    "DB_DATABASE": "rateguard.db",
    "DB_POOL_MINCACHED": 0,
    "DB_POOL_MAXCACHED": 10,
    "DB_POOL_MAXSHARED": 10,
    "DB_POOL_MAXUSAGE": 10000,
    "DB_TIMEOUT": dt.timedelta(seconds=5),
    "DB_LANES": 1,
    "DB_AUTO_MIGRATE": True,
    "SOCKET": (TcpAddress("127.0.0.1", 10033),),
    "SOCKET_MODE": 0o660,
    "SOCKET_OWNER": None,
    "SOCKET_GROUP": None,
    "QUOTA": 1000,
    "ACTION_TEXT_BLOCKED": "Rate limit reached, retry later.",
    "ACTION_TEXT_SUSPENDED": (
        "Sending from this account is suspended; contact your provider."
    ),
    "ACTION_ACCEPTED": "DUNNO",
    "REQUEST_DEADLINE": dt.timedelta(seconds=5),
    "LOG_LEVEL": logging.INFO,
    "LOG_FILE": None,
    "LOG_CONSOLE": False,
    "SYSLOG": False,
    "LOG_MSG_PREFIX": False,
    "MESSAGE_RETENTION": 0,
    "WARN_AT": 0,
    "WEBHOOK_ENABLED": False,
    "WEBHOOK_URL": None,
    "WEBHOOK_SECRET": None,
    "WEBHOOK_USE_JWT": False,
    "MAIL_ENABLED": False,
    "MAIL_HOST": "localhost",
    "MAIL_PORT": 25,
    "MAIL_STARTTLS": False,
    "MAIL_USER": None,
    "MAIL_PASSWORD": None,
    "MAIL_FROM": None,
    "MAIL_TO": None,
    "MAIL_TO_SENDER": False,
    "MAIL_TEMPLATES": None,
    "METRICS_LISTEN": None,
    "SENTRY_DSN": None,
    "SENTRY_ENVIRONMENT": "dev",
}

each_default = pytest.mark.parametrize(("name", "value"), DEFAULTS.items())


class TestDefault:
    @each_default
    def test_holds_where_nothing_is_set(self, name: str, value: object) -> None:
        """An empty environment is a whole configuration."""
        assert value == getattr(settings(), name.lower())

    @each_default
    def test_holds_for_an_empty_value(self, name: str, value: object) -> None:
        """An empty value means the default."""
        assert value == getattr(settings(**{name: ""}), name.lower())

    @pytest.mark.parametrize("name", sorted(set(DEFAULTS) - SECRETS))
    def test_holds_for_mere_space(self, name: str) -> None:
        """Space around a value says nothing."""
        assert settings() == settings(**{name: " \t"})

    def test_of_a_password_may_be_a_space(self) -> None:
        """A secret is taken as it is given, spaces included."""
        assert settings(DB_PASSWORD=" p ").db_password == " p "

    def test_is_shown_as_text(self) -> None:
        """For every setting there is a text, those that depend on others too."""
        texts = parse({"DB_HOST": "db"}).texts

        assert [each.name for each in DECLARATIONS] == list(texts)
        shown = [texts[name] for name in ("DB_DRIVER", "DB_LANES", "DB_PORT")]
        assert shown == ["pymysql", "2", "3306"]

    @given(
        st.dictionaries(
            st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))
        )
    )
    def test_is_not_touched_by_strangers(self, environment: dict[str, str]) -> None:
        """Variables that are none of ours change nothing."""
        ours = {"STATE_DIRECTORY", *(each.name for each in DECLARATIONS)}
        strangers = {
            name: text for name, text in environment.items() if name not in ours
        }

        assert settings() == parse(strangers).settings


class TestDeclaration:
    def test_is_here_with_its_default(self) -> None:
        """No setting is without a test of its default."""
        assert set(DEFAULTS) == {each.name for each in DECLARATIONS}

    def test_has_a_meaning(self) -> None:
        """Whoever reads the documentation learns what a setting is for."""
        assert [each.name for each in DECLARATIONS if not each.meaning] == []

    def test_is_one_for_each_name(self) -> None:
        """A name declared twice would have two meanings."""
        names = [each.name for each in DECLARATIONS]

        assert len(set(names)) == len(names)


class TestSecrets:
    def test_are_not_shown(self) -> None:
        """No traceback or debug line that shows the settings shows the password."""
        loaded = parse(dict.fromkeys(SECRETS - {"SENTRY_DSN", "WEBHOOK_URL"}, "geheim"))

        assert "geheim" not in repr(loaded) + repr(loaded.settings)
