"""From the text of one setting to its value."""

from __future__ import annotations

import datetime as dt

from pathlib import Path

import pytest

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.settings.texts import problems, settings


class TestBoolean:
    @pytest.mark.parametrize("text", ["true", "yes", "on", "1", "TRUE", " Yes "])
    def test_may_be_said_in_four_ways(self, text: str) -> None:
        """In any case, with space around."""
        assert settings(SYSLOG=text).syslog is True

    @pytest.mark.parametrize("text", ["false", "no", "off", "0", "False", "OFF"])
    def test_may_be_denied_in_four_ways(self, text: str) -> None:
        """Also where the default is true."""
        assert settings(DB_AUTO_MIGRATE=text).db_auto_migrate is False

    @pytest.mark.parametrize("text", ["2", "t", "y", "enabled", "none", "-1"])
    def test_is_nothing_else(self, text: str) -> None:
        """Nobody has to guess."""
        expected = (f"SYSLOG: expected true or false, got {text!r}",)

        assert expected == problems(SYSLOG=text)


class TestNumber:
    @given(st.integers(0, 4294967295))
    def test_is_taken_as_it_is(self, number: int) -> None:
        """Up to what a counter holds."""
        assert number == settings(QUOTA=str(number)).quota

    @pytest.mark.parametrize(
        "text", ["-1", "4294967296", "1.5", "1e3", "1_000", "ten", "\u0663", "9" * 5000]
    )
    def test_is_nothing_else(self, text: str) -> None:
        """Digits only, not too many, nothing that int() would be kind to."""
        (problem,) = problems(QUOTA=text)

        assert problem.startswith("QUOTA: expected a number up to 4294967295, got '")

    @pytest.mark.parametrize(
        ("name", "least", "most"),
        [
            ("DB_PORT", 1, 65535),
            ("DB_POOL_MINCACHED", 0, 1000),
            ("DB_POOL_MAXSHARED", 0, 1000),
            ("DB_POOL_MAXUSAGE", 0, 4294967295),
            ("DB_LANES", 1, 64),
            ("MESSAGE_RETENTION", 0, 36500),
        ],
    )
    def test_has_bounds(self, name: str, least: int, most: int) -> None:
        """Both included."""
        for number in (least, most):
            found = settings(DB_HOST="db", DB_POOL_MAXCACHED="0", **{name: str(number)})
            assert number == getattr(found, name.lower())
        for number in (least - 1, most + 1):
            assert len(problems(DB_HOST="db", **{name: str(number)})) == 1


class TestSeconds:
    @pytest.mark.parametrize(
        ("text", "seconds"), [("5", 5), ("0.25", 0.25), ("3600", 3600), ("1e1", 10)]
    )
    def test_may_have_a_fraction(self, text: str, seconds: float) -> None:
        """Up to an hour."""
        expected = dt.timedelta(seconds=seconds)

        assert expected == settings(DB_TIMEOUT=text).db_timeout
        assert expected == settings(REQUEST_DEADLINE=text).request_deadline

    @pytest.mark.parametrize(
        "text", ["0", "-1", "3600.1", "nan", "inf", "1e-9", "1e-320", "5s", "x"]
    )
    def test_are_above_zero(self, text: str) -> None:
        """No deadline that has passed before it began, and none without end."""
        expected = f"expected seconds, above 0 and up to 3600, got {text!r}"

        assert problems(REQUEST_DEADLINE=text) == (f"REQUEST_DEADLINE: {expected}",)


class TestText:
    @pytest.mark.parametrize(
        "name", ["ACTION_TEXT_BLOCKED", "DB_HOST", "DB_USER", "SOCKET_OWNER"]
    )
    @pytest.mark.parametrize("char", "\n\r\0\t\x1b\x7f\x85\u2028\u2029\udc80")
    def test_is_one_line(self, name: str, char: str) -> None:
        """A reply has one line; nothing that moves a cursor belongs anywhere."""
        (problem,) = problems(**{name: f"a{char}b"})

        assert problem.startswith(f"{name}: expected ")
        assert problem.isprintable()

    def test_may_be_in_any_script(self) -> None:
        """Providers speak their customers' language."""
        text = "Limit erreicht, \u0441\u043f\u0430\u0441\u0438\u0431\u043e \U0001f4e7"

        assert text == settings(ACTION_TEXT_BLOCKED=text).action_text_blocked


class TestWord:
    @pytest.mark.parametrize(
        ("text", "level"),
        [("DEBUG", 10), ("info", 20), ("Warning", 30), ("ERROR", 40), ("CRITICAL", 50)],
    )
    def test_may_be_a_log_level(self, text: str, level: int) -> None:
        """In any case."""
        assert level == settings(LOG_LEVEL=text).log_level

    @pytest.mark.parametrize("name", ["LOG_LEVEL", "ACTION_ACCEPTED"])
    @pytest.mark.parametrize("text", ["WARN", "20", "PERMIT", "REJECT", "OK DUNNO"])
    def test_is_one_of_those_named(self, name: str, text: str) -> None:
        """Nothing else."""
        assert len(problems(**{name: text})) == 1

    def test_may_be_ok(self) -> None:
        """Which brings the reference's reply back."""
        assert settings(ACTION_ACCEPTED="ok").action_accepted == "OK"


class TestFile:
    @pytest.mark.parametrize(
        ("text", "mode"), [("0666", 0o666), ("600", 0o600), ("0o777", 0o777)]
    )
    def test_mode_is_octal(self, text: str, mode: int) -> None:
        """As chmod takes it."""
        assert mode == settings(SOCKET_MODE=text).socket_mode

    @pytest.mark.parametrize("text", ["0", "1777", "0x1ff", "rw-rw----", "-660", "8"])
    def test_mode_is_nothing_else(self, text: str) -> None:
        """Not decimal, no letters, no sticky bit, and not for nobody."""
        assert len(problems(SOCKET_MODE=text)) == 1

    def test_path_is_a_path(self) -> None:
        """Spaces inside it and all; only a NUL no file system takes."""
        assert (
            Path("/var/log/rate guard.log")
            == settings(LOG_FILE="/var/log/rate guard.log").log_file
        )
        assert len(problems(LOG_FILE="/var/log/\0")) == 1
