"""What arrives at the sender."""

from __future__ import annotations

import pytest

from tests.integration.rigs.mail import OPERATORS, SENDER, alert, notifier
from tests.integration.rigs.smtp import SmtpReceiver


class TestSendersMail:
    def test_is_his_own(self) -> None:
        """Without the operators' addresses, and without the command."""
        with SmtpReceiver() as server:
            notifier(server.port, to_sender=True).deliver(alert())

        operators, sender = server.mails
        assert [SENDER] == sender.recipients
        assert SENDER == sender.message["To"]
        assert [] == [each for each in OPERATORS if each.encode() in sender.raw]
        assert "rateguard sender" not in sender.text
        assert "Your mail account" in sender.text
        assert "192.0.2.7" in sender.text
        assert [SENDER] != operators.recipients

    def test_is_no_repeat_of_the_operators(self) -> None:
        """Its Message-ID differs, so that no receiver of both drops one."""
        with SmtpReceiver() as server:
            notifier(server.port, to_sender=True).deliver(alert("one"))

        ids = [mail.message["Message-ID"] for mail in server.mails]
        assert ["<one.operators@example.com>", "<one.sender@example.com>"] == ids

    def test_goes_the_same_way(self) -> None:
        """Both mails over one connection."""
        with SmtpReceiver() as server:
            notifier(server.port, to_sender=True).deliver(alert())

        assert [1, 1] == [mail.connection for mail in server.mails]

    def test_is_not_wanted_by_default(self) -> None:
        """Without MAIL_TO_SENDER the sender gets none."""
        with SmtpReceiver() as server:
            notifier(server.port).deliver(alert())

        assert [list(OPERATORS)] == [mail.recipients for mail in server.mails]

    @pytest.mark.parametrize(
        "sender",
        ["anna", "anna@", "DOMAIN\\anna", "jörg@example.org", "a b@example.org",
         "anna@example.org>\r\nRCPT TO:<eve@example.org", "a@b@example.org"],
    )  # fmt: skip
    def test_needs_an_address(self, sender: str) -> None:
        """A sender whose name is none is skipped; the operators are told."""
        with SmtpReceiver() as server:
            notifier(server.port, to_sender=True).deliver(alert(sender=sender))

        assert [list(OPERATORS)] == [mail.recipients for mail in server.mails]

    def test_is_not_for_operators(self) -> None:
        """An operator who is over quota has the operators' mail."""
        with SmtpReceiver() as server:
            to_both = notifier(server.port, to_sender=True)
            to_both.deliver(alert(sender=OPERATORS[0]))

        assert [list(OPERATORS)] == [mail.recipients for mail in server.mails]

    def test_may_be_the_only_one(self) -> None:
        """MAIL_TO may be empty."""
        with SmtpReceiver() as server:
            notifier(server.port, to=(), to_sender=True).deliver(alert())

        assert [[SENDER]] == [mail.recipients for mail in server.mails]

    def test_may_be_nobodys(self) -> None:
        """With nobody to tell, no server is bothered."""
        with SmtpReceiver() as server:
            notifier(server.port, to=(), to_sender=True).deliver(alert(sender="anna"))

        assert 0 == server.connections
