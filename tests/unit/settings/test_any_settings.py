"""Any environment at all."""

from __future__ import annotations

import pytest

from hypothesis import example, given
from hypothesis import strategies as st

from rateguard.entrypoints.settings import DECLARATIONS, WrongValue
from rateguard.entrypoints.settings.environment import SettingsError, parse


names = [each.name for each in DECLARATIONS]

# Most random texts are wrong: these are right somewhere.
telling = st.sampled_from(
    ["", " ", "0", "1", "2", "10", "5.5", "true", "off", "sqlite3", "pymysql", "DUNNO",
     "info", "0660", "localhost", "/run/rateguard", "::1,10033", "[::1],1 /a", "\0"]
)  # fmt: skip
environments = st.dictionaries(
    st.sampled_from([*names, "STATE_DIRECTORY"]) | st.text(max_size=12),
    telling | st.text(st.characters()),
)


class TestAnyEnvironment:
    @given(environments)
    def test_is_settings_or_a_settings_error(self, environment: dict[str, str]) -> None:
        """
        Nothing else is ever raised; what is wrong is known by its name, and
        what is loaded is a value.
        """
        try:
            loaded = parse(environment)
        except SettingsError as error:
            told = {problem.partition(":")[0] for problem in error.problems}
            assert told
            assert told <= set(names)
        else:
            values = [getattr(loaded.settings, name.lower()) for name in names]
            assert not any(isinstance(value, WrongValue) for value in values)

    @given(environments)
    @example({"STATE_DIRECTORY": " "})
    def test_is_read_the_same_way_twice(self, environment: dict[str, str]) -> None:
        """
        The texts that are shown are a configuration of their own, with the
        same meaning.
        """
        try:
            loaded = parse(environment)
        except SettingsError:
            return
        assert loaded.settings == parse(loaded.texts).settings


class TestNearMiss:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("QUOTAS", "QUOTA"),
            ("quota", "QUOTA"),
            ("DB_PASSWRD", "DB_PASSWORD"),
            ("DB_POOL_MAXCACHE", "DB_POOL_MAXCACHED"),
            ("LOG_FILES", "LOG_FILE"),
            ("MESSAGE_RETENTIONS", "MESSAGE_RETENTION"),
            ("ACTION_TEXT_BLOKED", "ACTION_TEXT_BLOCKED"),
        ],
    )
    def test_is_warned_about(self, name: str, meant: str) -> None:
        """
        A setting that does nothing should not look as if it did; its value is
        not shown, it may be a secret.
        """
        loaded = parse({name: "hunter2"})

        expected = f"{name} is not a setting of RateGuard; did you mean {meant}?"
        assert (expected,) == loaded.warnings

    def test_is_each_of_them(self) -> None:
        """A warning each, in the order of their names."""
        warnings = parse({"SYSLOGS": "", "QUOTAS": "", "PATH": "/bin"}).warnings

        assert [warning.split()[0] for warning in warnings] == ["QUOTAS", "SYSLOGS"]

    @pytest.mark.parametrize(
        "name", ["PATH", "HOME", "LANG", "LOGNAME", "USER", "HOST", "SHLVL", "DB", "TZ"]
    )
    def test_is_not_everything_unknown(self, name: str) -> None:
        """An environment has many variables that are nobody's mistake."""
        assert parse({name: "x"}).warnings == ()

    @pytest.mark.parametrize("name", [*names, "STATE_DIRECTORY"])
    def test_is_no_known_name(self, name: str) -> None:
        """Settings of ours are not warned about, however alike they are."""
        assert parse({name: ""}).warnings == ()

    def test_does_not_change_what_holds(self) -> None:
        """It is a warning and no more."""
        assert parse({"QUOTAS": "5"}).settings.quota == 1000
