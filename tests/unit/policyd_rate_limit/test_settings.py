"""What policyd-rate-limit's settings say."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.policyd_rate_limit import (
    Counts,
    Limit,
    LimitSettings,
    understood,
)
from rateguard.domain.errors import SourceUnreadable


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["limits", "limits_by_id", "backend", "sqlite_config", "count_mode",
                 "mysql_config", "limit_by_ip", "jane"]
            ) | scalars.filter(lambda key: key == key),  # noqa: PLR0124 - not NaN
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


def problems(document: object) -> list[str]:
    with pytest.raises(SourceUnreadable) as caught:
        understood(document)
    return str(caught.value).splitlines()


class TestUnderstood:
    @pytest.mark.parametrize("document", [None, {}, {"debug": True, "user": "x"}])
    def test_what_is_not_named_is_as_the_program_has_it(self, document: object) -> None:
        """An empty file is one; what is no limit is not looked at."""
        database = {"database": "/var/lib/policyd-rate-limit/db.sqlite3"}
        limits = (Limit(10, 60), Limit(150, 86400))

        assert understood(document) == LimitSettings(
            limits, {}, Counts("sqlite", database)
        )

    def test_all_that_is_named(self) -> None:
        """Everything that limits come from."""
        document = {
            "limits": [[20, 3600]],
            "limits_by_id": {"jane": [[5, 60], [9, 86400]], "free": []},
            "sql_limits_by_id": "SELECT 1",
            "backend": 1,
            "mysql_config": {"user": "u", "passwd": "p"},
            "count_mode": 2,
            "limit_by_sasl": False,
            "limit_by_sender": True,
            "limit_by_ip": True,
        }

        assert understood(document) == LimitSettings(
            (Limit(20, 3600),),
            {"jane": (Limit(5, 60), Limit(9, 86400)), "free": ()},
            Counts("mysql", {"user": "u", "passwd": "p"}),
            count_mode=2,
            sql_limits=True,
            by_sasl=False,
            by_sender=True,
            by_ip=True,
        )

    def test_a_password_is_not_shown(self) -> None:
        """Whoever prints the settings prints no password."""
        document = {"backend": 1, "mysql_config": {"passwd": "s3cret"}}

        assert "s3cret" not in repr(understood(document))

    @given(documents)
    def test_any_document(self, document: object) -> None:
        """
        Any document is understood or refused with a line for each problem,
        none of which can forge another.
        """
        try:
            understood(document)
        except SourceUnreadable as error:
            lines = str(error).split("\n")
            assert all(line.isprintable() and ": " in line for line in lines)


class TestProblems:
    @pytest.mark.parametrize(
        ("document", "line"),
        [
            ("limits", "expected settings by name, as `limits: …`"),
            ({"limits": 5}, "limits: expected a list of [count, seconds], got 5"),
            (
                {"limits": [[10, "60"]]},
                "limits: expected [count, seconds] in whole numbers, got [10, '60']",
            ),
            (
                {"limits": [[-1, 60]]},
                "limits: expected [count, seconds] in whole numbers, got [-1, 60]",
            ),
            (
                {"limits": [[1, 0]]},
                "limits: expected [count, seconds] in whole numbers, got [1, 0]",
            ),
            (
                {"limits": [[True, 60]]},
                "limits: expected [count, seconds] in whole numbers, got [True, 60]",
            ),
            (
                {"limits_by_id": {"jane": None}},
                "limits_by_id: jane: expected a list of [count, seconds], got None",
            ),
            (
                {"limits_by_id": {4711: []}},
                (
                    "limits_by_id: 4711: expected a name, in quotes if it looks like a"
                    " number, got 4711"
                ),
            ),
            (
                {"limits_by_id": ["jane"]},
                "limits_by_id: expected lists of limits by name, got ['jane']",
            ),
            ({"backend": 3}, "backend: expected 0 or 1 or 2, got 3"),
            ({"count_mode": "1"}, "count_mode: expected 0 or 1 or 2, got '1'"),
            ({"limit_by_ip": "no"}, "limit_by_ip: expected True or False, got 'no'"),
            (
                {"sqlite_config": "x.db"},
                "sqlite_config: expected options by name, as `database: …`",
            ),
        ],
    )
    def test_each_has_its_line(self, document: object, line: str) -> None:
        """The line names the setting, what was expected and what is there."""
        assert [line] == problems(document)

    def test_all_are_told_at_once(self) -> None:
        """Whoever mends the file mends it once."""
        document = {
            "limits": [[1], [2, 60], "x"],
            "limits_by_id": {"a": 1, "b": []},
            "backend": None,
        }

        names = [line.partition(": expected")[0] for line in problems(document)]
        assert ["limits", "limits", "limits_by_id: a", "backend"] == names
