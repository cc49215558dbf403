"""How far an SQL store looks back for what a sender sent of late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rateguard.domain.ports import MessageRecord
from tests.integration.contracts.acts import accepted, log, mail
from tests.integration.contracts.rig import SENDER
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
