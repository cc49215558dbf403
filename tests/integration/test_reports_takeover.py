"""
Reports over the tables of policyd-rate-guard, which cannot tell all names apart.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator

import pytest

from rateguard.domain.reports import MessageQuery
from tests.integration import legacy
from tests.integration.contracts.acts import create, judging, mail
from tests.integration.contracts.rig import NOON
from tests.integration.databases import empty_mariadb
from tests.integration.store_rigs import SqlRig


LOOKALIKES = ("emil@example.com", "émil@example.com")
SINCE = NOON - dt.timedelta(hours=1)


@pytest.fixture(params=legacy.MARIADB, ids=lambda each: each.name)
def rig(request: pytest.FixtureRequest) -> Iterator[SqlRig]:
    """
    A database that was taken over.
    """
    server = request.getfixturevalue("mariadb")
    with empty_mariadb(server, request.param.charset) as database:
        request.param.create(database.rig)
        database.migrator.apply()
        yield database.rig


class TestReports:
    def test_blocked_lookalikes_are_counted_apart(self, rig: SqlRig) -> None:
        """
        Each with his own messages, under his own name.
        """
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
        """
        What belongs to somebody who is there belongs to nobody else.
        """
        create(rig, *LOOKALIKES)
        judging(rig)([mail(sender=LOOKALIKES[1])])
        with rig.units() as unit:
            unit.counters.find({LOOKALIKES[0]})
            unit.counters.remove([LOOKALIKES[0]])
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
        """
        And is no error.
        """
        judging(rig)([mail(sender=LOOKALIKES[0])])

        with rig.units() as unit:
            assert unit.reports.messages(query) == []
