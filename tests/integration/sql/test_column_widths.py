"""What is too long for a column is cut by us: a strict server would refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rateguard.domain.orders import Change
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import accepted, log
from tests.integration.contracts.outboxes import claim_one, crossing, failed, put
from tests.integration.contracts.rig import NOON, SENDER
from tests.integration.databases import empty_mariadb, empty_sqlite
from tests.integration.store_rigs import SqlRig


LONG = "\U0001f600" * 20_000


@pytest.fixture(params=["sqlite", "mariadb"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlRig]:
    with (
        empty_sqlite(tmp_path)
        if request.param == "sqlite"
        else empty_mariadb(request.getfixturevalue("mariadb"))
    ) as database:
        database.migrator.apply()
        yield database.rig


def widths(rig: SqlRig, table: str, *columns: str) -> list[int]:
    """Return how many characters are kept in each column of the only row."""
    (row,) = rig.run(f"SELECT {', '.join(columns)} FROM {table}")
    return [len(value) for value in row]


def test_texts_are_as_long_as_their_columns(rig: SqlRig) -> None:
    log(rig, accepted(Submission(SENDER, 1, "", LONG, "", "", *[LONG] * 5)))
    with rig.units() as unit:
        unit.history.add([Change(NOON, LONG, "set", SENDER, (), LONG)])
        unit.commit()

    names = ("msgid", "client_name", "from_addr", "client_address", "to_addr")
    assert [255, 255, 255, 45, 16383] == widths(rig, "messages", *names)
    assert [255, 1000] == widths(rig, "rateguard_history", "actor", "reason")


def test_an_error_is_as_long_as_its_column(rig: SqlRig) -> None:
    put(rig, crossing())
    failed(rig, claim_one(rig), error=LONG)

    kept = rig.run("SELECT error FROM rateguard_outbox WHERE notifier = 'mail'")
    assert [255] == [len(error) for (error,) in kept]
