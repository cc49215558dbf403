"""Who moves in, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from hypothesis import example, given
from hypothesis import strategies as st

from rateguard.adapters.policyd_rate_limit import planned, understood
from rateguard.domain.orders import Arrival, Plan, Usage
from rateguard.domain.submission import sender_key


DAY = 86400

names = st.sampled_from(
    ["Jane", "jane ", "j\u00f6rg", "jo\u0308rg", "192.0.2.1", "2001:db8::1", "x" * 300]
) | st.text(min_size=1, max_size=5)
counts = st.integers(0, 9)
usages = st.lists(st.builds(Usage, names, counts, counts), max_size=8)


def plan(*usages: Usage, **document: Any) -> Plan:
    document.setdefault("limits", [[150, DAY]])
    return planned(understood(document), usages, period=DAY)


class TestArrivals:
    def test_have_their_own_quota_or_everybodys(self) -> None:
        """
        A name with limits of its own arrives even if it sent nothing; one without,
        if it sent something.
        """
        found = plan(
            *(Usage("jane", 2, 30), Usage("joe", 1, 1)),
            limits_by_id={"jane": [[500, DAY]], "Ann@Example.com": [[7, DAY]]},
        )

        assert found == Plan(
            150,
            (
                Arrival("ann@example.com", 7, own=True),
                Arrival("jane", 500, own=True, messages=2, recipients=30),
                Arrival("joe", 150, messages=1, recipients=1),
            ),
            (),
        )

    @given(usages)
    def test_bring_everything_that_was_counted(self, usages: list[Usage]) -> None:
        """
        What several spellings of a sender used is added up; each arrives once,
        under its canonical key.
        """
        arrivals = plan(*usages).arrivals

        keys = [arrival.sender for arrival in arrivals]
        assert sorted(set(keys)) == keys
        for arrival in arrivals:
            mine = [use for use in usages if sender_key(use.name) == arrival.sender]
            assert sum(use.messages for use in mine) == arrival.messages
            assert sum(use.recipients for use in mine) == arrival.recipients

    def test_with_two_spellings_get_the_larger_quota(self) -> None:
        """No sender is stopped that either limit let pass, and it is told."""
        limits = {"Jane": [[9, DAY]], "jane": [[5, DAY]]}
        found = plan(limits_by_id=limits)

        assert (Arrival("jane", 9, own=True),) == found.arrivals
        assert found.remarks == (
            "jane: another spelling of jane, which gets the larger quota: 9",
        )


class TestRemarks:
    def test_an_address_is_left_out(self) -> None:
        """RateGuard limits who logs in; nothing is dropped without a word."""
        limits = {"192.0.2.1": [], "2001:db8::1": [[5, DAY]]}
        found = plan(Usage("192.0.2.9", 1, 1), limits_by_id=limits)

        assert found == Plan(
            150,
            (),
            (
                "192.0.2.1: left out, an IP address is no login",
                "2001:db8::1: left out, an IP address is no login",
                "counts of 1 IP addresses: left out, RateGuard limits only logins",
            ),
        )

    def test_what_many_have_is_told_once(self) -> None:
        """A thousand customers of one tariff are one line."""
        limits = {f"c{number}": [[5, 60], [9, DAY]] for number in range(1000)}

        (line,) = plan(limits_by_id=limits).remarks
        assert line == (
            "c0, c1, c2 and 997 more: 5 in 60 s: left out, the quota of 9"
            " in 86400 s holds, at any rate"
        )

    @pytest.mark.parametrize(
        ("document", "begin"),
        [
            ({"sql_limits_by_id": "SELECT"}, "sql_limits_by_id: not read"),
            ({"limit_by_sasl": False}, "limit_by_sasl is off"),
            ({"limit_by_sender": True}, "limit_by_sender: left out"),
            ({"limit_by_ip": True}, "limit_by_ip: left out"),
            ({"count_mode": 2}, "count_mode 2 counts messages"),
            ({"backend": 2}, "backend 2, PostgreSQL: its counts are not read"),
        ],
    )
    def test_what_else_is_different(self, document: Any, begin: str) -> None:
        """A way of limiting that RateGuard does not have is told."""
        (line,) = plan(**document).remarks
        assert line.startswith(begin)

    @given(st.text(min_size=1).filter(str.strip))
    @example("192.0.2.1\n")
    def test_no_name_forges_a_line(self, name: str) -> None:
        """A remark is one printable line, whatever the name."""
        (line,) = plan(limits_by_id={name: [[5, 60]], name + " ": [[5, 60]]}).remarks[
            :1
        ]
        assert line.isprintable()
