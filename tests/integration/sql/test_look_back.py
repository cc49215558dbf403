"""How an SQL store finds messages by time: there is no index that has them all."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from rateguard.domain.ports import MessageRecord
from rateguard.domain.reports import MessageQuery
from tests.integration.contracts.acts import accepted, log, mail
from tests.integration.contracts.rig import NOON, SENDER
from tests.integration.databases import Database, empty_mariadb, empty_sqlite


LOOK_BACK = 5000
"""Messages of all senders: reading them takes milliseconds on any disk."""

CHUNK = 500


@pytest.fixture(params=["sqlite", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with (
        empty_sqlite(tmp_path)
        if request.param == "sqlite"
        else empty_mariadb(request.getfixturevalue("mariadb"))
    ) as database:
        database.migrator.apply()
        yield database


def sent(sender: str, count: int) -> list[MessageRecord]:
    return [accepted(mail(sender=sender))] * count


class TestLookBack:
    def test_is_bounded(self, database: Database) -> None:
        """
        A sender's message is found among the last of all, however many there
        are before; one behind them is not looked for.
        """
        found = []
        log(database.rig, *sent(SENDER, 1))
        for count in [*[CHUNK] * (LOOK_BACK // CHUNK - 1), CHUNK - 1, 1]:
            log(database.rig, *sent("busy@example.com", count))
            with database.rig.units() as unit:
                found.append(len(unit.messages.recent(SENDER, limit=20)))

        assert [*[1] * (len(found) - 1), 0] == found


class TestReports:
    def test_find_all_of_a_time(self, database: Database) -> None:
        """However many there are in it, before it and behind it."""
        minute = dt.timedelta(minutes=1)
        for number in range(4):
            at = NOON + number * minute
            log(
                database.rig, *[attrs.evolve(each, at=at) for each in sent(SENDER, 600)]
            )

        def found(first: int, end: int | None) -> int:
            until = None if end is None else NOON + end * minute
            query = MessageQuery(NOON + first * minute, until, limit=5000)
            with database.rig.units() as unit:
                return len(unit.reports.messages(query))

        assert [2400, 1800, 1800, 600, 0] == [
            found(0, None), found(1, None), found(0, 3), found(2, 3), found(4, None),
        ]  # fmt: skip
