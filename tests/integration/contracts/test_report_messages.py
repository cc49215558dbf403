"""Reports: messages."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.ports import MessageRecord
from rateguard.domain.reports import Client, LoggedMessage, MessageQuery, Traffic
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import LOOKALIKES, accepted, log, mail
from tests.integration.contracts.rig import NOON, SENDER, StoreRig


BEN = "ben@example.com"
MINUTE = dt.timedelta(minutes=1)
DEFERRED = Decision(Verdict.DEFER, Reason.OVER_QUOTA)

MESSAGES = [
    (0, Submission(SENDER, 1, "t0", "4ABC", client_address="192.0.2.1"), False),
    (1, Submission(SENDER, 2, "t1", "4abc", client_address="192.0.2.1"), True),
    (2, Submission(BEN, 3, "t2", "4DEF", client_address="192.0.2.7"), False),
    (62, Submission(SENDER, 4, "t3", "4GHI", client_address="2001:db8::1"), True),
    (62, Submission(BEN, 5, "t4", "4JKL", client_address="192.0.2.1"), True),
]
"""Minutes after noon, message, whether it was blocked."""


@pytest.fixture(autouse=True)
def filled(rig: StoreRig) -> None:
    """Two senders, three addresses, an hour."""
    for minutes, submission, blocked in MESSAGES:
        name = f"host-{submission.client_address[-1]}.Example.com"
        named = attrs.evolve(submission, client_name=name)
        record = accepted(named)
        if blocked:
            record = attrs.evolve(record, decision=DEFERRED)
        log(rig, attrs.evolve(record, at=NOON + minutes * MINUTE))


def found(rig: StoreRig, query: MessageQuery) -> list[int]:
    """Return the recipients of each, by which the tests know them."""
    with rig.units() as unit:
        return [each.recipients for each in unit.reports.messages(query)]


class TestMessages:
    def test_are_all_that_is_shown(self, rig: StoreRig) -> None:
        """As it was judged."""
        submission = Submission(
            SENDER, 7, "t9", "4XYZ", "", "", "host", "192.0.2.9", "", "from@x", "to@y"
        )
        log(rig, MessageRecord(submission, DEFERRED, NOON + 70 * MINUTE))

        with rig.units() as unit:
            (message,) = unit.reports.messages(MessageQuery(NOON, limit=1))

        at = NOON + 70 * MINUTE
        told = ("4XYZ", SENDER, "192.0.2.9", "host", 7, True, "from@x", "to@y")
        assert LoggedMessage(at, *told, message.id) == message

    @pytest.mark.parametrize(
        ("query", "recipients"),
        [
            (MessageQuery(NOON), [5, 4, 3, 2, 1]),
            (MessageQuery(NOON, limit=2), [5, 4]),
            (MessageQuery(NOON + MINUTE), [5, 4, 3, 2]),
            (MessageQuery(NOON + 2 * MINUTE, NOON + 62 * MINUTE), [3]),
            (MessageQuery(NOON + 63 * MINUTE), []),
            (MessageQuery(NOON, sender=SENDER), [4, 2, 1]),
            (MessageQuery(NOON, sender="stranger@example.com"), []),
            (MessageQuery(NOON, blocked=True), [5, 4, 2]),
            (MessageQuery(NOON, blocked=False), [3, 1]),
            (MessageQuery(NOON, queue_id="4abc"), [2]),
            (MessageQuery(NOON, queue_id="4AB"), []),
            (MessageQuery(NOON, client="192.0.2.1"), [5, 2, 1]),
            (MessageQuery(NOON, client="HOST-1.example"), [5, 4, 2, 1]),
            (MessageQuery(NOON, client="host_1"), []),
            (MessageQuery(NOON, sender=BEN, client="192.0.2.1", blocked=True), [5]),
        ],
        ids=str,
    )
    def test_are_those_asked_for(
        self, rig: StoreRig, query: MessageQuery, recipients: list[int]
    ) -> None:
        """Newest first."""
        assert recipients == found(rig, query)

    @pytest.mark.parametrize("limit", [1, 2, 3, 5])
    @pytest.mark.parametrize("sender", ["", SENDER])
    def test_pages_one_after_the_other_are_all(
        self, rig: StoreRig, sender: str, limit: int
    ) -> None:
        """Each begins behind the last id of the one before, also one that is full."""
        query = MessageQuery(NOON, sender=sender, limit=limit)
        pages: list[int] = []
        with rig.units() as unit:
            while page := unit.reports.messages(query):
                pages += [each.recipients for each in page]
                query = attrs.evolve(query, after=page[-1].id)

        assert pages == found(rig, MessageQuery(NOON, sender=sender))

    def test_that_come_meanwhile_do_not_move_a_page(self, rig: StoreRig) -> None:
        """They are on none that follows."""
        with rig.units() as unit:
            *_, last = unit.reports.messages(MessageQuery(NOON, limit=2))
        log(rig, accepted(mail("t9", 9)))

        assert [3, 2, 1] == found(rig, MessageQuery(NOON, after=last.id))

    def test_of_a_sender_are_nobody_elses(self, rig: StoreRig) -> None:
        """However alike their names, and still the sender's after it is removed."""
        for number, name in enumerate(LOOKALIKES, start=10):
            log(rig, accepted(mail("", number, name)))
        for number, name in enumerate(LOOKALIKES, start=10):
            assert [number] == found(rig, MessageQuery(NOON, sender=name))
        with rig.units() as unit:
            unit.counters.find({LOOKALIKES[0]})
            unit.counters.remove([LOOKALIKES[0]], let_go=0)
            unit.commit()

        assert [10] == found(rig, MessageQuery(NOON, sender=LOOKALIKES[0]))

    def test_of_who_was_removed_and_came_back_are_all(self, rig: StoreRig) -> None:
        """Those of before too, and where they came from."""
        with rig.units() as unit:
            unit.counters.find({SENDER})
            unit.counters.remove([SENDER], let_go=0)
            unit.commit()
        log(rig, accepted(mail("t9", 9)))

        assert [9, 4, 2, 1] == found(rig, MessageQuery(NOON, sender=SENDER))
        with rig.units() as unit:
            clients = unit.reports.clients(SENDER, since=NOON, limit=9)
            blocked = unit.reports.blocked(since=NOON, limit=1)
        assert 4 == sum(client.traffic.messages for client in clients)
        assert [(SENDER, Traffic(2, 6, 2))] == blocked


class TestClients:
    def test_are_where_a_sender_sends_from(self, rig: StoreRig) -> None:
        """The busiest first, no more than the limit, none before the time."""
        name, late = "host-1.Example.com", NOON + 62 * MINUTE
        first = Client("192.0.2.1", name, Traffic(2, 3, 1), NOON, NOON + MINUTE)
        second = Client("2001:db8::1", name, Traffic(1, 4, 1), late, late)
        with rig.units() as unit:
            reports = unit.reports
            assert [first, second] == reports.clients(SENDER, since=NOON, limit=9)
            assert [first] == reports.clients(SENDER, since=NOON, limit=1)
            later = NOON + 2 * MINUTE
            assert [second] == reports.clients(SENDER, since=later, limit=9)
            assert reports.clients("stranger", since=NOON, limit=9) == []


class TestBlocked:
    def test_are_those_who_keep_trying(self, rig: StoreRig) -> None:
        """Only what was not admitted counts."""
        with rig.units() as unit:
            reports = unit.reports
            assert [(SENDER, Traffic(2, 6, 2)), (BEN, Traffic(1, 5, 1))] == (
                reports.blocked(since=NOON, limit=9)
            )
            assert len(reports.blocked(since=NOON, limit=1)) == 1
            assert reports.blocked(since=NOON + 63 * MINUTE, limit=9) == []

    def test_of_who_was_removed_add_up(self, rig: StoreRig) -> None:
        """Those of before and since, also where those since are fewer than others'."""
        with rig.units() as unit:
            unit.counters.find({SENDER})
            unit.counters.remove([SENDER], let_go=0)
            unit.commit()
        again = attrs.evolve(accepted(mail("t8", 8)), decision=DEFERRED)
        bens = attrs.evolve(again.submission, sender=BEN, transaction="t9")
        log(rig, again, attrs.evolve(again, submission=bens))

        with rig.units() as unit:
            blocked = unit.reports.blocked(since=NOON, limit=1)

        assert [(SENDER, Traffic(3, 14, 3))] == blocked


class TestSendersAt:
    @pytest.mark.parametrize(
        ("addresses", "minutes", "limit", "expected"),
        [
            (["192.0.2.1"], 0, 9, [(SENDER, 2, 3, 1), (BEN, 1, 5, 1)]),
            (["192.0.2.1"], 0, 1, [(SENDER, 2, 3, 1)]),
            (["192.0.2.1"], 2, 9, [(BEN, 1, 5, 1)]),
            (["192.0.2.1"], 63, 9, []),
            (["192.0.2.7", "192.0.2.1"], 1, 9, [(BEN, 2, 8, 1), (SENDER, 1, 2, 1)]),
            (["192.0.2.9", "192.0.2"], 0, 9, []),
            ([], 0, 9, []),
        ],
    )
    def test_are_who_sent_from_there(
        self,
        rig: StoreRig,
        addresses: list[str],
        minutes: int,
        limit: int,
        expected: list[tuple[str, int, int, int]],
    ) -> None:
        """The busiest first; messages from elsewhere do not count."""
        since = NOON + minutes * MINUTE
        with rig.units() as unit:
            found = unit.reports.senders_at(addresses, since=since, limit=limit)

        assert [(name, Traffic(*counts)) for name, *counts in expected] == found

    def test_are_each_of_its_own(self, rig: StoreRig) -> None:
        """However alike their names, and also those that were removed since."""
        there = attrs.evolve(mail(), client_address="198.51.100.1")
        for name in LOOKALIKES:
            log(rig, accepted(attrs.evolve(there, sender=name)))
        with rig.units() as unit:
            unit.counters.find({LOOKALIKES[0]})
            unit.counters.remove([LOOKALIKES[0]], let_go=0)
            unit.commit()
        with rig.units() as unit:
            found = unit.reports.senders_at(["198.51.100.1"], since=NOON, limit=99)

        assert {(name, Traffic(1, 1, 0)) for name in LOOKALIKES} == set(found)


class TestTraffic:
    def test_is_that_of_all(self, rig: StoreRig) -> None:
        """From each time until before the next, also where there was none."""
        log(
            rig, attrs.evolve(accepted(mail("", 9)), at=NOON + dt.timedelta(seconds=99))
        )
        minutes = (1, 2, 3, 62, 63)
        with rig.units() as unit:
            found = unit.reports.traffic([NOON + n * MINUTE for n in minutes])

        expected = [
            Traffic(2, 11, 1),
            Traffic(1, 3, 0),
            Traffic(0, 0, 0),
            Traffic(2, 9, 2),
        ]
        assert expected == found
