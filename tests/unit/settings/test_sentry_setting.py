"""Where errors are reported to."""

from __future__ import annotations

import pytest

from hypothesis import example, given
from hypothesis import strategies as st
from sentry_sdk.utils import BadDsn, Dsn

from rateguard.entrypoints.settings import sentry_dsn
from tests.unit.settings.texts import problems, settings


RIGHT = "https://0a1b2c@sentry.example.org/7"


class TestDsn:
    @pytest.mark.parametrize(
        "dsn",
        [RIGHT, "http://key@[::1]:9000/7", "https://key:secret@example.org/a/b/7"],
    )
    def test_is_taken_as_it_is_written(self, dsn: str) -> None:
        """As Sentry shows it, the old form with a secret as well."""
        assert dsn == settings(SENTRY_DSN=dsn).sentry_dsn

    @pytest.mark.parametrize(
        "dsn",
        [
            "sentry",
            "https://sentry.example.org/7",
            "https://0a1b2c@sentry.example.org/",
            "https://0a1b2c@sentry.example.org/project",
            "https://0a1b2c@sentry.example.org/\u00b2",
            "ftp://0a1b2c@sentry.example.org/7",
        ],
    )
    def test_is_refused_before_anything_runs(self, dsn: str) -> None:
        """Without showing it."""
        assert problems(SENTRY_DSN=dsn) == (
            "SENTRY_DSN: expected https://KEY@HOST/PROJECT, got ***",
        )

    @given(st.from_regex(r"https?://[a-z:@.]{0,9}[/0-9a-z\u0660-]{0,5}"))
    @example(RIGHT)
    def test_taken_is_one_for_the_library(self, text: str) -> None:
        """Or the daemon would find out too late."""
        try:
            taken = sentry_dsn(text)
        except ValueError:
            return
        try:
            Dsn(taken)
        except BadDsn:
            pytest.fail(f"taken for a DSN: {text!r}")
