"""Mail servers that say no to some, or not yet."""

from __future__ import annotations

import logging

import pytest

from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.mail import OPERATORS, SENDER, alert, notifier
from tests.integration.rigs.smtp import SmtpReceiver


UNKNOWN = "550 5.1.1 User unknown"
LATER = "451 4.7.1 Try again later"


def recipients(server: SmtpReceiver) -> list[list[str]]:
    """Return to whom each mail went."""
    return [mail.recipients for mail in server.mails]


class TestOperators:
    def test_are_told_as_long_as_one_can_be(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """
        One who is unknown keeps nothing from the others, and is not tried
        again; the log names it.
        """
        with SmtpReceiver() as server:
            server.answers[OPERATORS[0]] = UNKNOWN
            notifier(server.port).deliver(alert())

        assert [[OPERATORS[1]]] == recipients(server)
        warned = (logging.WARNING, f"alert not mailed to {OPERATORS[0]}: {UNKNOWN}")
        assert [warned] == [(each[1], each[2]) for each in caplog.record_tuples]

    @pytest.mark.parametrize("reply", [UNKNOWN, LATER])
    def test_are_tried_again_when_none_can_be_told(self, reply: str) -> None:
        """Somebody may mend that."""
        with SmtpReceiver() as server:
            trying = notifier(server.port)
            server.answers.update(dict.fromkeys(OPERATORS, reply))
            with pytest.raises(DeliveryFailed) as caught:
                trying.deliver(alert())
            server.answers.clear()
            trying.deliver(alert())

        both = "; ".join(f"{each}: {reply}" for each in OPERATORS)
        assert str(caught.value).endswith(both)
        assert [list(OPERATORS)] == recipients(server)

    def test_who_were_put_off_are_tried_again_alone(self) -> None:
        """The others have it already."""
        with SmtpReceiver() as server:
            trying = notifier(server.port)
            server.answers[OPERATORS[1]] = LATER
            with pytest.raises(DeliveryFailed, match=f"{OPERATORS[1]}: {LATER}"):
                trying.deliver(alert())
            server.answers.clear()
            trying.deliver(alert())

        assert [[OPERATORS[0]], [OPERATORS[1]]] == recipients(server)
        first, second = server.mails
        assert first.message["Message-ID"] == second.message["Message-ID"]

    def test_who_are_unknown_at_last_are_done_with(self) -> None:
        """A repeat to one of several counts those who have it."""
        with SmtpReceiver() as server:
            trying = notifier(server.port)
            server.answers[OPERATORS[1]] = LATER
            with pytest.raises(DeliveryFailed):
                trying.deliver(alert())
            server.answers[OPERATORS[1]] = UNKNOWN
            trying.deliver(alert())

        assert [[OPERATORS[0]]] == recipients(server)

    def test_are_not_told_twice_by_one_notifier(self) -> None:
        """If it was not recorded that they were, it is still known here."""
        with SmtpReceiver() as server:
            trying = notifier(server.port)
            trying.deliver(alert())
            trying.deliver(alert())

        assert [list(OPERATORS)] == recipients(server)
        assert 1 == server.connections


class TestSender:
    def test_who_is_the_operator_is_tried_again(self) -> None:
        """If it is refused, nobody was told."""
        with SmtpReceiver() as server:
            server.answers[SENDER] = UNKNOWN
            trying = notifier(server.port, to=(SENDER,), to_sender=True)
            with pytest.raises(DeliveryFailed):
                trying.deliver(alert())

    def test_who_is_unknown_gets_nothing(self) -> None:
        """A permanent no to its address is no failure; there is nothing to try."""
        with SmtpReceiver() as server:
            server.answers[SENDER] = UNKNOWN
            notifier(server.port, to_sender=True).deliver(alert())

        assert [list(OPERATORS)] == recipients(server)

    def test_whose_mail_is_refused_gets_nothing(self) -> None:
        """Also when it is the message that is not wanted, with no operators."""
        with SmtpReceiver() as server:
            server.answers["DATA"] = "554 5.7.1 No"
            notifier(server.port, to=(), to_sender=True).deliver(alert())

        assert [] == recipients(server)

    def test_who_was_put_off_is_tried_again_alone(self) -> None:
        """The operators get no second mail."""
        with SmtpReceiver() as server:
            trying = notifier(server.port, to_sender=True)
            server.answers[SENDER] = LATER
            with pytest.raises(DeliveryFailed, match=f"{SENDER}: {LATER}"):
                trying.deliver(alert())
            server.answers.clear()
            trying.deliver(alert())

        assert [list(OPERATORS), [SENDER]] == recipients(server)

    def test_is_told_though_the_operators_are_not(self) -> None:
        """And not again when they are."""
        with SmtpReceiver() as server:
            trying = notifier(server.port, to_sender=True)
            server.answers.update(dict.fromkeys(OPERATORS, UNKNOWN))
            with pytest.raises(DeliveryFailed):
                trying.deliver(alert())
            server.answers.clear()
            trying.deliver(alert())

        assert [[SENDER], list(OPERATORS)] == recipients(server)
