"""Our templates."""

from __future__ import annotations

import datetime as dt
import socket

from typing import Any

import attrs
import pytest

from hypothesis import given

from rateguard.adapters.notify.mail.text import MailTexts, facts
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import (
    Alert,
    NotificationTest,
    QuotaReached,
    QuotaWarning,
)
from rateguard.domain.quota import QuotaPolicy
from tests.unit.doubles import NOON
from tests.unit.notify.mails import alert, sent, strangers


TEXTS = MailTexts(zone=dt.timezone(dt.timedelta(hours=1)))

FULL: dict[str, Any] = {
    "recent": (
        attrs.evolve(sent("4cK2x71", "192.0.2.7", "host.example.net"), blocked=True),
        sent("4cK2x70", "2001:db8::1"),
        sent("4cK2x69", "192.0.2.7", "host.example.net"),
    ),
    "counted_since": NOON - dt.timedelta(hours=12),
    "queue_id": "4cK2x71",
    "client_name": "host.example.net",
    "client_address": "192.0.2.7",
}

REACHED = f"""\
The mail account anna@example.com has reached its quota. Its mail is
deferred until the next reset of the counters. If the owner did not
send these messages, somebody else knows the password: suspend the sender.

Host:          {socket.gethostname()}
Quota:         100 messages and 100 recipients
Counted:       51 messages to 101 recipients
Counted since: 2024-02-29 01:00:00 +0100
Reached:       2024-02-29 13:00:00 +0100
Next reset:    2024-03-01 00:00:00 +0100, by the nightly `rateguard cleanup`

The first blocked message:
    4cK2x71 from host.example.net[192.0.2.7]

Where the last 3 messages came from, newest first:
    host.example.net[192.0.2.7]: 2, last at 2024-02-29 13:00:00 +0100
    unknown[2001:db8::1]: 1, last at 2024-02-29 13:00:00 +0100

To look at the sender:
    rateguard sender show anna@example.com
To suspend it:
    rateguard sender suspend anna@example.com
To let it send N more messages until the next reset:
    rateguard sender raise --by N anna@example.com

To delete the last accepted messages that are still in Postfix's queue
(`rateguard incident` finds the others):
postsuper -d - <<END
4cK2x70
4cK2x69
END
"""


class TestQuotaReached:
    def test_tells_the_operators_everything(self) -> None:
        """Who, how much, since and until when, from where, and what to do."""
        mail = TEXTS.render(alert(QuotaReached, **FULL), to_sender=False)

        assert "anna@example.com has reached the quota of 100" == mail.subject
        assert REACHED == mail.text

    def test_tells_the_sender_the_same(self) -> None:
        """But neither host nor commands, and in other words."""
        operators = TEXTS.render(alert(QuotaReached, **FULL), to_sender=False)
        sender = TEXTS.render(alert(QuotaReached, **FULL), to_sender=True)

        facts = operators.text.partition("Quota:")[2].partition("\nTo look")[0]
        assert operators.subject == sender.subject
        assert facts == sender.text.partition("Quota:")[2]
        assert "change it now" in sender.text

    def test_leaves_out_what_is_unknown(self) -> None:
        """No empty lists, no empty names."""
        mail = TEXTS.render(alert(), to_sender=False)

        assert "Counted since: the first message\n" in mail.text
        assert "    no queue id from unknown[unknown]\n" in mail.text
        assert "newest first" not in mail.text
        assert "postsuper" not in mail.text


class TestQuotaWarning:
    def test_tells_the_share(self) -> None:
        """In subject and text, and that the message was accepted."""
        counter = SenderCounter("anna@example.com", QuotaPolicy.of(100), 80, 81)
        about = alert(QuotaWarning, counter=counter, **FULL)
        mail = TEXTS.render(about, to_sender=False)

        assert "anna@example.com has used 81 % of the quota of 100" == mail.subject
        assert "has used 81 % of its quota" in mail.text
        assert "accepted:\n    4cK2x71 from" in mail.text
        assert "Counted:       80 messages to 81 recipients\n" in mail.text
        assert "    rateguard sender raise --by N " in mail.text


class TestTest:
    def test_says_that_nothing_happened(self) -> None:
        """Nobody is to be alarmed by it."""
        mail = TEXTS.render(alert(NotificationTest), to_sender=False)

        assert "RateGuard: a test" == mail.subject
        assert "Nothing happened." in mail.text


class TestStrangers:
    @given(strangers)
    def test_write_no_lines_of_their_own(self, about: Alert) -> None:
        """Whatever they sent, there are as many lines as there are facts."""
        told = facts(about, to_sender=False)
        mail = TEXTS.render(about, to_sender=False)

        assert mail.subject.isprintable()
        assert len(mail.text.split("\n")) - 1 == len(mail.text.splitlines())
        if about.event.kind != "test":
            addresses, ids = told["addresses"], told["accepted_queue_ids"]
            expected = 13 + (about.event.kind == "quota_warning")
            expected += 2 * bool(addresses) + len(addresses)
            expected += 7 * bool(told["show_sender"]) + 5 * bool(ids) + len(ids)
            assert expected == len(mail.text.splitlines())

    @pytest.mark.parametrize(
        "sender", ["a\nBcc: eve@example.com", "a\r\n\r\nHello", "{{ 7 * 7 }}", "<b>&"]
    )
    def test_write_no_template(self, sender: str) -> None:
        """What they send is shown and never understood."""
        mail = TEXTS.render(alert(sender=sender), to_sender=False)

        shown = sender.replace("\r", "\\r").replace("\n", "\\n")
        assert f"{shown} has reached the quota of 100" == mail.subject
