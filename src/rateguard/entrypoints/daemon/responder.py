"""From a request's attributes to its reply."""

from __future__ import annotations

import logging

from collections.abc import Callable, Mapping
from typing import Protocol

import attrs

from rateguard.domain.decision import Decision, Reason
from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.committer import AfterReply, Committer


_log = logging.getLogger(__name__)


class Responder(Protocol):
    """Answers requests."""

    def respond(
        self, attributes: Mapping[str, str], reply: Callable[[bytes], None]
    ) -> None:
        """
        Have *reply* called exactly once, now or later, in the event loop.
        Never raises.
        """


@attrs.frozen
class Translation:
    """
    What of the protocol's names a responder needs.

    Attributes:
        submission_of: Returns whom to charge for a request; None for nobody.
        misplaced_stage: Returns the stage at which a sender is asked about in vain.
        not_ours: The reply to what is none of our business.
    """

    submission_of: Callable[[Mapping[str, str]], Submission | None]
    misplaced_stage: Callable[[Mapping[str, str]], str | None]
    not_ours: bytes


class QuotaResponder:
    """
    The ``Responder`` that guards: senders' messages go to the committer,
    everything else passes at once.

    Args:
        own_sender: The key of the user that our own alerts log in as. What it
            sends with the null sender is an alert, and counted against nobody.

    Attributes:
        ignored: Requests that were nothing to be judged.
    """

    def __init__(
        self,
        committer: Committer,
        *,
        after_reply: AfterReply,
        translation: Translation,
        own_sender: str | None = None,
    ) -> None:
        self.ignored = 0
        self._committer = committer
        self._after_reply = after_reply
        self._submission_of = translation.submission_of
        self._misplaced_stage = translation.misplaced_stage
        self._not_ours = translation.not_ours
        self._own_sender = own_sender
        self._warned = False

    def respond(
        self, attributes: Mapping[str, str], reply: Callable[[bytes], None]
    ) -> None:
        try:
            submission = self._submission_of(attributes)
            if submission is not None and not self._is_notice(submission):
                self._committer.submit(submission, reply)
                return
            if not self._warned:
                self._warn_if_misplaced(attributes)
        except Exception:  # noqa: BLE001 - a bug; this mail passes, we live
            _log.exception("cannot answer a request; the mail passes")
            reply(self._not_ours)
            self._after_reply.of_one(Decision.fail_open(Reason.INTERNAL_ERROR))
        else:
            reply(self._not_ours)
            self.ignored += 1

    def _is_notice(self, submission: Submission) -> bool:
        return submission.sender == self._own_sender and not submission.from_address

    def _warn_if_misplaced(self, attributes: Mapping[str, str]) -> None:
        stage = self._misplaced_stage(attributes)
        if stage is not None:
            self._warned = True
            _log.warning(
                "asked about an authenticated sender at '%s', where nothing is"
                " counted: put check_policy_service into smtpd_data_restrictions",
                stage,
            )
