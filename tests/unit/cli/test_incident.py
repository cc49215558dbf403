"""What an incident shows."""

from __future__ import annotations

import datetime as dt
import re

import attrs
import pytest

from rateguard.domain.counter import SenderCounter
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import Client, LoggedMessage, SenderEntry, Traffic
from rateguard.entrypoints.cli.incident import Incident, queue_ids_of
from rateguard.entrypoints.cli.output.drawn import drawn
from tests.unit.doubles import NOON


MINUTE = dt.timedelta(minutes=1)
NAME = f"{'l' * 52}@example.com"


def message(
    minutes_ago: float, queue_id: str = "", *, blocked: bool = False, address: str = "a"
) -> LoggedMessage:
    """Return a message before noon."""
    at = NOON - minutes_ago * MINUTE
    return LoggedMessage(
        at, queue_id, NAME, address, "host", 2, blocked, "from", "to", 1
    )


def incident(*messages: LoggedMessage) -> Incident:
    """Return one with these, newest first."""
    return Incident(
        SenderEntry(SenderCounter(NAME, QuotaPolicy.of(100), 90, 150)),
        NOON,
        NOON - 1440 * MINUTE,
        messages,
        [each for each in messages if not each.blocked],
        [
            Client(name, "host", Traffic(1, 1, 0), NOON, NOON)
            for name in dict.fromkeys(each.client_address for each in messages)
        ],
        [],
    )


class TestQueueIds:
    @pytest.mark.parametrize(
        "queue_id", ["3C9F4D12AB", "4XyZ1b0WTrz9dW8", "0123456789"]
    )
    def test_are_postfixs(self, queue_id: str) -> None:
        """Short ones and long ones, each once, the order is kept."""
        messages = [message(1, queue_id), message(2, "4cK20EE"), message(3, queue_id)]

        assert [queue_id, "4cK20EE"] == queue_ids_of(messages)

    @pytest.mark.parametrize(
        "queue_id",
        ["", "ALL", "all", "-", "4cK20EE\n", "4cK20EE ALL", "../4cK20EE",
         "\uff14cK20EE",
         "-d4cK20EE", "a" * 256],
    )  # fmt: skip
    def test_are_nothing_that_deletes_more(self, queue_id: str) -> None:
        """Whoever can ask the daemon can name one."""
        assert [] == queue_ids_of([message(1, queue_id)])


class TestRate:
    @pytest.mark.parametrize(
        ("ago", "minutes", "bars"),
        [(0, 1, 1), (74, 1, 75), (75, 2, 39), (1439, 20, 73), (20_000, 720, 29)],
    )
    def test_has_as_many_bars_as_there_is_room_for(
        self, ago: int, minutes: int, bars: int
    ) -> None:
        """From the first message to now, by the minute if it began just now."""
        step, rate = incident(message(0), message(ago)).rate()

        assert (minutes, bars) == (step, len(rate))
        assert 2 == sum(accepted for _, accepted, _ in rate)
        assert rate[0][0] <= NOON - ago * MINUTE < rate[0][0] + step * MINUTE

    def test_tells_accepted_and_blocked_apart(self) -> None:
        """In each bar."""
        _, rate = incident(
            message(0, blocked=True), message(0), message(2), message(2.5)
        ).rate()

        assert [[1, 0], [1, 0], [0, 0], [1, 1]] == [counts for _, *counts in rate]

    def test_of_a_clock_that_was_set_back(self) -> None:
        """What comes from the future is of now."""
        _, rate = incident(message(-90), message(1)).rate()

        assert [[1, 0], [1, 0]] == [counts for _, *counts in rate]

    def test_of_nothing_is_empty(self) -> None:
        """One bar without any."""
        assert [(NOON, 0, 0)] == incident().rate()[1]


class TestForPeople:
    def test_fits_a_screen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """80 columns and 24 lines with a question below, and an address whole."""
        monkeypatch.setenv("COLUMNS", "80")
        many = [
            message(n, f"4cK2{n:04X}", blocked=n % 3 == 0, address=f"192.0.2.{n % 9}")
            for n in range(1440)
        ]
        others = [(f"{'o' * 40}{n}@example.com", Traffic(9, 9, 0)) for n in range(9)]
        found = attrs.evolve(incident(*many), others=others)
        lines = drawn(found.for_people("rateguard")).splitlines()

        assert sum(-(-len(line) // 80) for line in lines) < 24
        assert NAME == lines[0]

    def test_has_everything(self) -> None:
        """Who, from where, how fast, who else, and what to delete."""
        found = attrs.evolve(
            incident(message(1, "4cK20EE", address="192.0.2.1"),
                     message(2, blocked=True)),
            others=[("x\x1by", Traffic(7, 7, 0))],
        )  # fmt: skip
        text = drawn(found.for_people("rateguard … | postsuper -d -"))

        for fact in ("150 % of a quota of 100; over quota", "192.0.2.1",
                     "1 message to 2 recipients accepted, 1 blocked since",
                     "accepted, up to 1 in a minute", "blocked, up to 1 in a minute",
                     r"From the same addresses: x\x1by (7)",
                     "Accepted, newest first: 4cK20EE",
                     "rateguard … | postsuper -d -"):  # fmt: skip
            assert fact in text, fact
        assert re.search("^ █$", text, re.MULTILINE)

    def test_has_no_command_where_nothing_is_to_be_deleted(self) -> None:
        """Nothing was accepted."""
        text = drawn(incident().for_people("| postsuper"))

        assert "postsuper" not in text
        assert "no messages in that time" in text
