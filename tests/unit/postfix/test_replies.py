"""From our decisions to Postfix's actions."""

from __future__ import annotations

import pytest

from rateguard.adapters.postfix.translate import NOT_OURS, Replies
from rateguard.domain.decision import Decision, Reason, Verdict


WITHIN = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 1, 9)
FAULTS = [Reason.STORE_UNAVAILABLE, Reason.DEADLINE_PASSED, Reason.INTERNAL_ERROR]

BLOCKED = "Rate limit reached, retry later."
SUSPENDED = "This account is suspended."


def replies(accepted: str = "DUNNO", blocked: str = BLOCKED) -> Replies:
    return Replies(accepted, blocked=blocked, suspended=SUSPENDED)


any_accepted = pytest.mark.parametrize("accepted", ["DUNNO", "OK"])


class TestReplies:
    def test_let_pass_with_dunno(self) -> None:
        """The restrictions that follow have their say."""
        assert replies().of(WITHIN) == b"action=DUNNO\n\n"

    def test_let_pass_with_ok_where_it_is_wanted(self) -> None:
        """ACTION_ACCEPTED=OK brings the reference's reply back."""
        assert replies("OK").of(WITHIN) == b"action=OK\n\n"

    @any_accepted
    @pytest.mark.parametrize("repeated", [False, True])
    @pytest.mark.parametrize("reason", [Reason.OVER_QUOTA, Reason.QUOTA_LIMIT_REACHED])
    def test_defer_what_is_over_quota(
        self, accepted: str, repeated: bool, reason: Reason
    ) -> None:
        """The crossing message and all after it."""
        decision = Decision(Verdict.DEFER, reason, 10, 9, repeated)

        expected = b"action=DEFER_IF_PERMIT Rate limit reached, retry later.\n\n"
        assert expected == replies(accepted).of(decision)

    def test_say_what_the_operator_wants_said(self) -> None:
        """ACTION_TEXT_BLOCKED is what the mail client is shown."""
        decision = Decision(Verdict.DEFER, Reason.OVER_QUOTA)

        expected = "action=DEFER_IF_PERMIT Genug f\u00fcr heute.\n\n".encode()
        assert expected == replies(blocked="Genug f\u00fcr heute.").of(decision)

    @pytest.mark.parametrize("repeated", [False, True])
    def test_tell_a_suspended_sender_so(self, repeated: bool) -> None:
        """To retry later, as others are told, would be in vain."""
        decision = Decision(Verdict.DEFER, Reason.SUSPENDED, 1, 9, repeated)

        expected = b"action=DEFER_IF_PERMIT This account is suspended.\n\n"
        assert expected == replies().of(decision)

    @any_accepted
    @pytest.mark.parametrize("reason", FAULTS)
    def test_are_dunno_for_our_own_faults(self, accepted: str, reason: Reason) -> None:
        """A fault of ours must not switch off the restrictions that follow."""
        decision = Decision.fail_open(reason)

        assert replies(accepted).of(decision) == b"action=DUNNO\n\n"

    def test_are_dunno_for_what_is_not_ours(self) -> None:
        """Mail without a login is none of our business."""
        assert NOT_OURS == b"action=DUNNO\n\n"
