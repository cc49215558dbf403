"""What a mail tells."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from hypothesis import example, given

from rateguard.adapters.notify.mail.text import facts, sender_command
from rateguard.domain.counter import SenderCounter
from rateguard.domain.events import Alert, QuotaReached, QuotaWarning
from rateguard.domain.quota import QuotaPolicy
from tests.unit.doubles import NOON
from tests.unit.notify.mails import alert, sent, strangers


class TestUse:
    @pytest.mark.parametrize(
        ("messages", "recipients", "quota", "used", "share"),
        [(51, 101, 100, 101, 101), (80, 3, 100, 80, 80), (2, 2, 3, 2, 66),
         (1, 1, 0, 1, 100)],
    )  # fmt: skip
    def test_is_the_larger_count(
        self, messages: int, recipients: int, quota: int, used: int, share: int
    ) -> None:
        """
        By it the quota is judged; the share is rounded down, and all of a
        quota of nothing.
        """
        counter = SenderCounter("a", QuotaPolicy.of(quota), messages, recipients)
        told = facts(alert(counter=counter), to_sender=False)

        assert (used, share) == (told["used"], told["share"])
        assert (messages, recipients) == (told["messages"], told["recipients"])

    def test_has_both_quotas(self) -> None:
        """That of now, and that of the next period."""
        told = facts(alert(), to_sender=False)

        assert (100, 80) == (told["quota"], told["quota_reset"])


class TestClients:
    def test_are_distinct_and_newest_first(self) -> None:
        """Each with how many messages, the latest name and time."""
        early = NOON - dt.timedelta(hours=1)
        recent = (
            sent("5", "192.0.2.7", "new.example", at=NOON),
            sent("4", "2001:db8::1", "six.example", at=early),
            sent("3", "192.0.2.7", "old.example", at=early),
            sent("2", "192.0.2.7", "old.example", at=early),
        )

        told = facts(alert(recent=recent), to_sender=False, zone=dt.UTC)

        expected = [
            ("192.0.2.7", "new.example", 3, "2024-02-29 12:00:00 +0000"),
            ("2001:db8::1", "six.example", 1, "2024-02-29 11:00:00 +0000"),
        ]
        assert expected == [attrs.astuple(each) for each in told["addresses"]]
        assert 4 == told["recent_messages"]

    def test_have_a_few_queue_ids(self) -> None:
        """The newest, each once; those without one are left out."""
        ids = ["9", "9", "", "8", "7", "6", "5", "4"]
        recent = tuple(sent(each, "192.0.2.7") for each in ids)

        told = facts(alert(recent=recent), to_sender=False)

        assert ["9", "8", "7", "6", "5"] == told["queue_ids"]


class TestAcceptedQueueIds:
    def test_are_those_that_may_be_in_the_queue(self) -> None:
        """Each once, newest first; what was blocked never got there."""
        blocked = attrs.evolve(sent("4cK2x79", "192.0.2.7"), blocked=True)
        short = [f"A1B2C{number}" for number in range(9)]
        ids = ["4cK2x78", "4cK2x77zz1kb", "4cK2x78", "", *short]
        recent = (blocked, *(sent(each, "192.0.2.7") for each in ids))

        told = facts(alert(recent=recent), to_sender=False)["accepted_queue_ids"]

        assert ["4cK2x78", "4cK2x77zz1kb", *short] == told

    @pytest.mark.parametrize(
        "text",
        ["ALL", "-", "A1B2", "a1b2c3d4", "4cK2x71\n", "4cK2x71\nALL", "END", "ENDEND",
         "$(reboot)", "`reboot`", "4cK2x7A", "4cK2x71 4cK2x72", "\u0661\u0662" * 4],
    )  # fmt: skip
    def test_are_nothing_else(self, text: str) -> None:
        """No word of postsuper, no line, nothing for a shell."""
        recent = (sent(text, "192.0.2.7"),)

        assert [] == facts(alert(recent=recent), to_sender=False)["accepted_queue_ids"]

    @given(strangers)
    def test_are_letters_and_digits(self, about: Alert) -> None:
        """Whatever strangers sent."""
        told = facts(about, to_sender=False)["accepted_queue_ids"]

        assert all(each.isascii() and each.isalnum() for each in told)


class TestCommand:
    def test_names_the_sender(self) -> None:
        """To be run once a number stands for N."""
        assert (
            "rateguard sender raise --by N anna@example.com"
            == facts(alert(), to_sender=False)["raise_quota"]
        )

    @pytest.mark.parametrize(
        ("sender", "word"),
        [
            ("o'neil@example.com", "'o'\"'\"'neil@example.com'"),
            ("x; reboot", "'x; reboot'"),
            ("$(reboot)", "'$(reboot)'"),
            ("jörg", "'jörg'"),
            ("DOM\\anna", "'DOM\\anna'"),
            ("-x", "-- -x"),
        ],
    )
    def test_cannot_be_broken_by_a_name(self, sender: str, word: str) -> None:
        """It is one word to a shell, on one line."""
        told = facts(alert(sender=sender), to_sender=False)

        assert f"rateguard sender show {word}" == told["show_sender"]
        assert f"rateguard sender suspend {word}" == told["suspend_sender"]
        assert f"rateguard sender raise --by N {word}" == told["raise_quota"]

    @pytest.mark.parametrize("sender", ["a\0b", "a\nb", "a\x1b[0m", "caf\udce9"])
    def test_never_names_somebody_else(self, sender: str) -> None:
        """A name that cannot be shown as it is has none."""
        assert "" == sender_command("show", sender)

    def test_is_not_for_the_sender(self) -> None:
        """It has no business with the quota."""
        told = facts(alert(), to_sender=True)

        for name in ("show_sender", "suspend_sender", "raise_quota"):
            assert "" == told[name]


class TestNames:
    @given(strangers)
    def test_are_always_the_same(self, about: Alert) -> None:
        """So a template that works for one alert works for all."""
        expected = set(facts(alert(), to_sender=False))

        assert expected == set(facts(about, to_sender=True))

    @given(strangers)
    @example(alert(sender="\udd00"))
    def test_have_one_line_each(self, about: Alert) -> None:
        """Whatever strangers sent."""
        told = facts(about, to_sender=False)
        shown = [value for value in told.values() if isinstance(value, str)]
        for client in told["addresses"]:
            shown += [client.address, client.name]

        assert [] == [text for text in shown if not text.isprintable()]
        assert [] == [text for text in told["queue_ids"] if not text.isprintable()]

    def test_tell_who_reads(self) -> None:
        """And which event it is."""
        told = facts(alert(QuotaWarning), to_sender=True)

        assert ("quota_warning", True) == (told["event"], told["to_sender"])
        assert QuotaReached.kind == facts(alert(), to_sender=False)["event"]
