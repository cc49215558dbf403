"""Reports over the tables of policyd-rate-guard, which cannot tell all names apart."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator

import attrs
import pytest

from rateguard.adapters.sql.database import seen
from rateguard.domain.reports import MessageQuery, SenderQuery
from tests.integration.contracts.acts import create, judging, mail
from tests.integration.contracts.rig import NOON
from tests.integration.databases import empty_mariadb
from tests.integration.migrations import legacy
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.store_rigs import SqlRig


LOOKALIKES = ("emil@example.com", "émil@example.com")
DATES = (
    ("ratelimits", "created_at"),
    ("ratelimits", "updated_at"),
    ("messages", "created_at"),
)
SINCE = NOON - dt.timedelta(hours=1)


@pytest.fixture(scope="module", params=legacy.MARIADB, ids=lambda each: each.name)
def taken_over(request: pytest.FixtureRequest) -> Iterator[SqlRig]:
    server = request.getfixturevalue("mariadb")
    with empty_mariadb(server, request.param.charset) as database:
        request.param.create(database.rig)
        database.migrator.apply()
        yield database.rig


@pytest.fixture
def rig(taken_over: SqlRig) -> SqlRig:
    """A database that was taken over, with nobody in it."""
    taken_over.clear()
    return taken_over


class TestZeroDates:
    """Which servers that are not strict keep in old tables."""

    def test_are_no_dates(self, mariadb: PrivateMariaDb) -> None:
        """Such a table is taken over and read; nobody knows when that was."""
        old = legacy.MARIADB[0]
        with empty_mariadb(mariadb, old.charset) as database:
            old.create(database.rig)
            for table, column in DATES:
                database.rig.run(f"UPDATE {table} SET {column} = 0")
            database.migrator.apply()
            with database.rig.units() as unit:
                senders = unit.reports.senders(SenderQuery(), at=NOON)
                sent = unit.messages.recent("plain@example.com", limit=9)
            glance = seen(database.rig.dialect)

        assert {(None, None)} == {
            (each.created_at, each.changed_at) for each in senders
        }
        assert [1970] == [each.at.year for each in sent]
        assert (None, None) == (glance.first_sender_at, glance.last_message_at)


class TestReports:
    def test_blocked_lookalikes_are_counted_apart(self, rig: SqlRig) -> None:
        """Each with its own messages, under its own name."""
        judge = judging(rig, quota=0)
        judge([mail(sender=name) for name in (*LOOKALIKES, LOOKALIKES[0])])

        with rig.units() as unit:
            found = unit.reports.blocked(since=SINCE, limit=9)

        assert [(LOOKALIKES[0], 2), (LOOKALIKES[1], 1)] == [
            (sender, traffic.messages) for sender, traffic in found
        ]

    def test_who_was_removed_is_not_shown_a_lookalikes_messages(
        self, rig: SqlRig
    ) -> None:
        """What belongs to somebody who is there belongs to nobody else."""
        create(rig, *LOOKALIKES)
        judging(rig)([mail(sender=LOOKALIKES[1])])
        with rig.units() as unit:
            unit.counters.find({LOOKALIKES[0]})
            unit.counters.remove([LOOKALIKES[0]], let_go=0)
            unit.commit()

        with rig.units() as unit:
            found = unit.reports.messages(MessageQuery(SINCE, sender=LOOKALIKES[0]))

        assert found == []

    @pytest.mark.parametrize(
        "query",
        [
            MessageQuery(SINCE, client="日本"),
            MessageQuery(SINCE, queue_id="日本"),
            MessageQuery(SINCE, sender="日本"),
        ],
        ids=["client", "queue id", "sender"],
    )
    def test_a_text_that_the_tables_cannot_have_is_found_nowhere(
        self, rig: SqlRig, query: MessageQuery
    ) -> None:
        """And is no error."""
        judging(rig)([mail(sender=LOOKALIKES[0])])

        with rig.units() as unit:
            assert unit.reports.messages(query) == []

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            (MessageQuery(SINCE, queue_id="4abc"), 1),
            (MessageQuery(SINCE, queue_id="4ABC"), 0),
            (MessageQuery(SINCE, client="HOST-9"), 1),
            (MessageQuery(SINCE, client="192.0.2.9"), 1),
        ],
        ids=["queue id", "another's queue id", "client name", "client address"],
    )
    def test_plain_text_is_compared_with_columns_as_they_are(
        self, rig: SqlRig, query: MessageQuery, count: int
    ) -> None:
        """Whatever character set they have: it is in all of them."""
        sent = attrs.evolve(
            mail(sender=LOOKALIKES[0]),
            queue_id="4abc",
            client_name="host-9.example",
            client_address="192.0.2.9",
        )
        judging(rig)([sent])

        with rig.units() as unit:
            assert count == len(unit.reports.messages(query))
