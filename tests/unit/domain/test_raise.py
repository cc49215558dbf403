"""A quota for a while."""

from __future__ import annotations

import datetime as dt

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.decision import Verdict
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.unit.doubles import NOON, HandClock


ANNA = "anna@example.com"
HOUR = dt.timedelta(hours=1)


def admitted(policy: QuotaPolicy, at: dt.datetime, recipients: int) -> bool:
    """Whether the first message of a sender with this policy is admitted."""
    store = MemoryStore()
    judge = JudgeSubmissions(store, HandClock(at), policy)
    (decision,) = judge([Submission(ANNA, recipients)])
    return decision.verdict is Verdict.ACCEPT


class TestInForce:
    @pytest.mark.parametrize(
        ("raised", "quota"),
        [
            (None, 5),
            (Raise(20), 20),
            (Raise(20, NOON + HOUR), 20),
            (Raise(20, NOON), 5),
            (Raise(20, NOON - HOUR), 5),
        ],
    )
    def test_is_what_is_admitted(self, raised: Raise | None, quota: int) -> None:
        """Up to its end the raise, from then on the quota."""
        policy = QuotaPolicy(5, 5, raised=raised)

        assert admitted(policy, NOON, quota)
        assert not admitted(policy, NOON, quota + 1)

    @given(st.integers(0, 99), st.integers(0, 99), st.booleans())
    def test_changes_the_quota_only(self, quota: int, raised: int, held: bool) -> None:
        """The rest of the policy is as it was."""
        policy = QuotaPolicy(quota, 7, held, held, Raise(raised))

        assert QuotaPolicy(raised, 7, held, held, Raise(raised)) == policy.in_force(
            NOON
        )


class TestEnded:
    @pytest.mark.parametrize("until", [NOON, NOON - HOUR])
    def test_is_as_if_it_had_not_been(self, until: dt.datetime) -> None:
        """Though it is still kept."""
        policy = QuotaPolicy(5, 9, raised=Raise(20, until))

        assert QuotaPolicy(5, 9) == policy.without_ended_raise(NOON)

    @pytest.mark.parametrize("raised", [None, Raise(20), Raise(20, NOON + HOUR)])
    def test_is_not_what_holds(self, raised: Raise | None) -> None:
        """That stays."""
        policy = QuotaPolicy(5, 9, raised=raised)

        assert policy.without_ended_raise(NOON) == policy


class TestReset:
    @pytest.mark.parametrize("locked", [False, True])
    def test_ends_one_without_an_end(self, locked: bool) -> None:
        """Also where the quota itself is left alone."""
        policy = QuotaPolicy(5, 9, locked, raised=Raise(20))

        assert QuotaPolicy(5 if locked else 9, 9, locked) == policy.after_reset()

    def test_leaves_one_with_an_end(self) -> None:
        """It outlasts the reset."""
        raised = Raise(20, NOON + 48 * HOUR)

        assert QuotaPolicy(5, 9, raised=raised).after_reset().raised == raised
