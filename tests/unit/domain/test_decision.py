"""What an answer says about itself."""

from __future__ import annotations

import pytest

from rateguard.domain.decision import Decision, Reason, Verdict


class TestFailingOpen:
    @pytest.mark.parametrize(
        ("reason", "ours"),
        [
            (Reason.STORE_UNAVAILABLE, True),
            (Reason.DEADLINE_PASSED, True),
            (Reason.INTERNAL_ERROR, True),
            (Reason.WITHIN_QUOTA, False),
        ],
    )
    def test_is_told_from_accepting(self, reason: Reason, ours: bool) -> None:
        """Mail is never lost to us, but it is known that nothing was judged."""
        decision = Decision.fail_open(reason)

        assert (Verdict.ACCEPT, ours) == (decision.verdict, decision.failed_open)
        assert (0, 0, False) == (
            *(decision.recipients, decision.quota),
            decision.repeated,
        )
