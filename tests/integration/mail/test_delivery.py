"""What arrives at the operators."""

from __future__ import annotations

import datetime as dt

from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest

from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.mail import OPERATORS, SENDER, alert, notifier
from tests.integration.rigs.smtp import SmtpReceiver


class TestOperatorsMail:
    def test_is_one_for_all(self) -> None:
        """One mail with all of MAIL_TO, on one connection."""
        with SmtpReceiver() as server:
            notifier(server.port).deliver(alert())

        (mail,) = server.mails
        assert list(OPERATORS) == mail.recipients
        assert ", ".join(OPERATORS) == mail.message["To"]
        assert 1 == server.connections

    def test_cannot_be_answered(self) -> None:
        """The null sender, and the headers that keep programs from answering."""
        with SmtpReceiver() as server:
            notifier(server.port).deliver(alert())

        (mail,) = server.mails
        assert "<>" == mail.sender
        assert "auto-generated" == mail.message["Auto-Submitted"]
        assert "All" == mail.message["X-Auto-Response-Suppress"]
        assert "rateguard@example.com" == mail.message["From"]

    def test_is_dated(self) -> None:
        """With the time it was written, however late that is."""
        before = dt.datetime.now(dt.UTC).replace(microsecond=0)
        with SmtpReceiver() as server:
            notifier(server.port).deliver(alert())

        date = parsedate_to_datetime(server.mails[0].message["Date"])
        assert before <= date <= dt.datetime.now(dt.UTC)

    def test_is_text_in_utf_8_and_seven_bits(self) -> None:
        """Any sender can be shown, by any server."""
        with SmtpReceiver() as server:
            notifier(server.port).deliver(alert(sender="jörg 邮@例え.jp"))

        (mail,) = server.mails
        assert mail.raw.isascii()
        assert "text/plain" == mail.message.get_content_type()
        assert "utf-8" == mail.message.get_content_charset()
        assert "jörg 邮@例え.jp" in mail.message["Subject"]
        assert "The mail account jörg 邮@例え.jp has" in mail.text

    def test_tells_how_to_raise_the_quota(self) -> None:
        """The command, ready to be copied."""
        with SmtpReceiver() as server:
            notifier(server.port).deliver(alert())

        assert f"rateguard sender raise --by N {SENDER}\r\n" in server.mails[0].text

    def test_a_repeat_is_known_by_its_message_id(self) -> None:
        """Also one that another process sends; that of another event differs."""
        with SmtpReceiver() as server:
            for event_id in ("one", "one", "two"):
                notifier(server.port).deliver(alert(event_id))

        ids = [mail.message["Message-ID"] for mail in server.mails]
        assert ["<one.operators@example.com>"] * 2 == ids[:2]
        assert "<two.operators@example.com>" == ids[2]

    def test_a_test_arrives(self) -> None:
        """At the operators; its sender, who is made up, gets nothing."""
        with SmtpReceiver() as server:
            notifier(server.port, to_sender=True).deliver(alert(test=True))

        (mail,) = server.mails
        assert list(OPERATORS) == mail.recipients
        assert "RateGuard: a test" == mail.message["Subject"]

    def test_a_test_needs_an_operator(self) -> None:
        """It does not pass for delivered when nobody got it."""
        with (
            SmtpReceiver() as server,
            pytest.raises(DeliveryFailed, match="MAIL_TO is empty"),
        ):
            notifier(server.port, to=(), to_sender=True).deliver(alert(test=True))


class TestThreads:
    def test_do_not_get_in_each_others_way(self) -> None:
        """Eight at once: each event arrives once, whole."""
        ids = [f"event-{number}" for number in range(40)]
        with SmtpReceiver() as server:
            shared = notifier(server.port, to_sender=True)
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda id_: shared.deliver(alert(id_)), ids))

        expected = sorted(
            f"<{id_}.{group}@example.com>"
            for id_ in ids
            for group in ("operators", "sender")
        )
        assert expected == sorted(mail.message["Message-ID"] for mail in server.mails)
