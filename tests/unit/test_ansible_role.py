"""What the Ansible role writes into main.cf and rateguard.env."""

from __future__ import annotations

import importlib.util
import io

from pathlib import Path

import dotenv
import pytest

from hypothesis import given
from hypothesis import strategies as st


_FILTERS = "deploy/ansible/roles/rateguard/filter_plugins/rateguard.py"
_spec = importlib.util.spec_from_file_location(
    "role_filters", Path(__file__).parents[2] / _FILTERS
)
assert _spec is not None
assert _spec.loader is not None
_filters = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_filters)

OURS = "unix:rateguard/policy"
ASKED = (
    "check_policy_service { unix:rateguard/policy, timeout=10s, default_action=DUNNO }"
)
OTHER = "check_policy_service inet:127.0.0.1:10023"


class TestRestrictions:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("", ASKED),
            ("reject_unauth_pipelining", f"reject_unauth_pipelining, {ASKED}"),
            ("a, permit", f"a, {ASKED}, permit"),
            ("a permit_mynetworks b permit", f"a {ASKED}, permit_mynetworks b permit"),
            (
                "b inline:{ {bob=permit} } permit",
                f"b inline:{{ {{bob=permit}} }} {ASKED}, permit",
            ),
            (OTHER, f"{OTHER}, {ASKED}"),
            (f"a, check_policy_service {OURS}, b", f"a, {ASKED}, b"),
            (f"permit_a, {ASKED.replace('10s', '1s')}", f"permit_a, {ASKED}"),
        ],
    )
    def test_get_one_check(self, before: str, after: str) -> None:
        """
        The check comes before the first permit, else last; one of ours that is
        there is renewed in its place; all else stays. A second run changes
        nothing.
        """
        assert after == _filters.checked(before, OURS, "10s")
        assert after == _filters.checked(after, OURS, "10s")


class TestSettings:
    @given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
    def test_are_read_as_given(self, text: str) -> None:
        """Any text of one line comes out of the settings file as it went in."""
        line = f"A={_filters.value(text)}\n"

        read = dotenv.dotenv_values(stream=io.StringIO(line), interpolate=False)
        assert {"A": text} == read

    @pytest.mark.parametrize(
        ("given", "written"),
        [(True, "true"), (False, "false"), (1000, "1000"), (None, "")],
    )
    def test_may_be_no_text(self, given: object, written: str) -> None:
        """What YAML makes of yes, no and numbers is written as RateGuard reads it."""
        assert written == _filters.value(given)

    def test_have_one_line(self) -> None:
        """A value that would begin a second setting is refused."""
        with pytest.raises(ValueError, match="one line"):
            _filters.value("a\nQUOTA=0")
