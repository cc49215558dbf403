"""The mail as it is sent."""

from __future__ import annotations

import datetime as dt

from email import message_from_bytes
from email.policy import default

from hypothesis import given

from rateguard.adapters.notify.mail.text import MailText, MailTexts, mail_message
from rateguard.domain.events import Alert
from tests.unit.doubles import NOON
from tests.unit.notify.mails import strangers


HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]
TEXTS = MailTexts()

_MAX_LINE = 998


def sent(text: MailText) -> bytes:
    """Return it as a mail to two operators."""
    return mail_message(
        text,
        from_address="rateguard@example.com",
        to=("ops@example.com", "noc@example.net"),
        message_id="3f6d1c1e.operators",
        at=NOON,
    )


class TestMailMessage:
    @given(strangers)
    def test_has_the_headers_that_it_should(self, about: Alert) -> None:
        """Whatever strangers sent, none is added, and each reads as it was meant."""
        text = TEXTS.render(about, to_sender=False)
        message = message_from_bytes(sent(text), policy=default)

        assert HEADERS == message.keys()
        assert text.subject.split() == message["Subject"].split()
        assert "ops@example.com, noc@example.net" == message["To"]
        assert text.text == message.get_content().replace("\r\n", "\n")

    @given(strangers)
    def test_passes_every_server(self, about: Alert) -> None:
        """
        Seven bits, lines as long as RFC 5321, 4.5.3.1.6 admits, each ended
        by CR LF, and no other of either.
        """
        raw = sent(TEXTS.render(about, to_sender=False))

        lines = raw.split(b"\r\n")
        assert raw.isascii()
        assert max(map(len, lines)) <= _MAX_LINE
        assert [] == [line for line in lines if b"\r" in line or b"\n" in line]

    def test_is_dated_with_its_offset(self) -> None:
        """The local one."""
        message = message_from_bytes(sent(MailText("s", "t\n")), policy=default)

        assert NOON == message["Date"].datetime
        local = NOON.astimezone().utcoffset() or dt.timedelta()
        assert local == message["Date"].datetime.utcoffset()

    def test_has_a_message_id_of_our_domain(self) -> None:
        """Also a long one is not folded: RFC 5322 has no space in it."""
        domain = ".".join(["x" * 60] * 3)
        raw = mail_message(
            MailText("s", "t\n"),
            from_address=f"rateguard@{domain}",
            to=(f"ops@{domain}",),
            message_id="3f6d1c1e.operators",
            at=NOON,
        )

        assert f"\r\nMessage-ID: <3f6d1c1e.operators@{domain}>\r\n".encode() in raw
        assert f"\r\nTo: ops@{domain}\r\n".encode() in raw
