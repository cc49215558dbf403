"""Who is asked, and who passes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from rateguard.adapters.observe.tally import Tally
from rateguard.adapters.postfix.translate import (
    NOT_OURS,
    misplaced_stage,
    submission_of,
)
from rateguard.domain.decision import Reason
from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.committer import AfterReply, Committer
from rateguard.entrypoints.daemon.responder import QuotaResponder, Translation
from tests.unit.daemon.doubles import Observed
from tests.unit.doubles import LogSpy


SENDER = {"sasl_username": "anna@example.com", "protocol_state": "DATA"}
AT_RCPT = SENDER | {"protocol_state": "RCPT"}


class CommitterDouble:
    """Takes submissions, or fails at it."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.submitted: list[Submission] = []
        self._fault = fault

    def submit(self, submission: Submission, reply: Callable[[bytes], None]) -> None:
        """Answer at once."""
        if self._fault:
            raise self._fault
        self.submitted.append(submission)
        reply(b"judged")


class Asked:
    """A responder that was asked, and its replies."""

    def __init__(
        self,
        *requests: dict[str, str],
        fault: Exception | None = None,
        own_sender: str | None = None,
    ) -> None:
        self.committer = CommitterDouble(fault)
        self.replies: list[bytes] = []
        self.tally = Tally()
        self.responder = responder = QuotaResponder(
            cast("Committer", self.committer),
            after_reply=AfterReply(Observed(), self.tally),
            translation=Translation(submission_of, misplaced_stage, NOT_OURS),
            own_sender=own_sender,
        )
        for request in requests:
            responder.respond(request, self.replies.append)


class TestResponder:
    def test_asks_the_committer_about_a_senders_message(self) -> None:
        """It gives the reply, and the only one."""
        asked = Asked(SENDER, SENDER)

        assert asked.replies == [b"judged", b"judged"]
        assert asked.responder.ignored == 0
        senders = [submission.sender for submission in asked.committer.submitted]
        assert senders == ["anna@example.com"] * 2

    @pytest.mark.parametrize(
        "request_", [{}, {"sasl_username": ""}, {"protocol_state": "RCPT"}, AT_RCPT]
    )
    def test_lets_everything_else_pass_at_once(self, request_: dict[str, str]) -> None:
        """No store is touched."""
        asked = Asked(request_)

        assert asked.replies == [b"action=DUNNO\n\n"]
        assert asked.committer.submitted == []
        assert asked.responder.ignored == 1

    def test_lets_pass_where_it_fails_itself(self, log: LogSpy) -> None:
        """A bug is logged with its traceback and counted, and mail flows."""
        asked = Asked(SENDER, fault=ZeroDivisionError())

        assert asked.replies == [b"action=DUNNO\n\n"]
        assert [ZeroDivisionError] == log.tracebacks
        assert asked.responder.ignored == 0
        assert asked.tally.reasons[Reason.INTERNAL_ERROR] == 1


class TestMisplacedService:
    def test_is_warned_about_once(self, log: LogSpy) -> None:
        """At the first request that shows it, not at each of them."""
        Asked(SENDER, {"protocol_state": "RCPT"}, AT_RCPT, AT_RCPT, AT_RCPT)

        ((level, text),) = log.lines
        assert level == "WARNING"
        assert "'RCPT'" in text
        assert "smtpd_data_restrictions" in text

    def test_is_not_seen_in_what_is_right(self, log: LogSpy) -> None:
        """Mail without a login passes every stage."""
        Asked(SENDER, {}, {"protocol_state": "RCPT"}, {"protocol_state": "VRFY"})

        assert log.lines == []


class TestOwnNotices:
    def test_are_counted_against_nobody(self) -> None:
        """What our own user sends with the null sender passes at once."""
        asked = Asked(SENDER | {"sender": ""}, own_sender="anna@example.com")

        assert [] == asked.committer.submitted
        assert [b"action=DUNNO\n\n"] == asked.replies

    @pytest.mark.parametrize(
        ("own_sender", "sender"),
        [
            ("anna@example.com", "anna@example.com"),
            ("ben@example.com", ""),
            (None, ""),
        ],
    )
    def test_are_nothing_else(self, own_sender: str | None, sender: str) -> None:
        """Neither other mail of that user nor bounces of others are notices."""
        asked = Asked(SENDER | {"sender": sender}, own_sender=own_sender)

        assert [b"judged"] == asked.replies
