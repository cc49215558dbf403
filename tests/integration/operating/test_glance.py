"""A look at the store that holds no lock and makes nothing."""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator
from pathlib import Path

import pytest

from rateguard.adapters.sql.database import seen
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.reports import Seen
from tests.integration.databases import Database, empty_mariadb, empty_sqlite
from tests.integration.stores import sqlite_file


ROWS: dict[str, dict[str, object]] = {
    "ratelimits": {"sender": "s"},
    "messages": {"sender": "s", "msgid": "x"},
    "rateguard_resets": {"position": 0},
}
TIMES = {"rateguard_resets": "started_at"}


@pytest.fixture(params=["sqlite", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with (
        empty_sqlite(tmp_path)
        if request.param == "sqlite"
        else empty_mariadb(request.getfixturevalue("mariadb"))
    ) as database:
        yield database


def at(day: int) -> dt.datetime:
    """Return a time of a certain month."""
    return dt.datetime(2026, 1, day, 12, 34, 56, tzinfo=dt.UTC)


class TestGlance:
    def test_tells_the_times(self, database: Database) -> None:
        """
        Of the last period, the first sender and the newest message; the
        server's own where there is one. Nothing of that before it exists.
        """
        dialect = database.rig.dialect
        with pytest.raises(StoreUnavailable):
            seen(dialect)
        database.migrator.apply()
        shown = seen(dialect)
        assert shown == Seen(shown.clock, None, None, None)
        if dialect.name == "mysql":
            assert shown.clock is not None
            assert abs(shown.clock - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
        else:
            assert shown.clock is None

        for day in (3, 4):
            text = f"{at(day):%Y-%m-%d %H:%M:%S}"
            for table, columns in ROWS.items():
                names = [*columns, TIMES.get(table, "created_at")]
                marks = ", ".join(["{p}"] * len(names))
                statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
                values = [f"{value}{day}" for value in columns.values()]
                database.rig.run(statement, *values, text)
        shown = seen(dialect)
        assert shown == Seen(shown.clock, at(4), at(3), at(4))

    def test_makes_nothing(self, tmp_path: Path) -> None:
        """A file that is not there is not made by looking for it."""
        path = tmp_path / "rateguard.db"

        with pytest.raises(StoreUnavailable):
            seen(sqlite_file(path))
        assert not path.exists()
