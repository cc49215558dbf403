"""The schema comes up, whatever was there before and whatever broke on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rateguard.adapters.sql import migrate
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import SchemaLocked, StoreOutdated
from tests.integration.contracts.acts import (
    LOOKALIKES,
    POLICY,
    judging,
    keep,
    mail,
    together,
)
from tests.integration.databases import Database, empty_mariadb, empty_sqlite
from tests.integration.rigs.ready import MIGRATIONS


def shipped(dialect: str) -> list[str]:
    """Return the ids of a dialect's migrations."""
    names = {path.name for path in (MIGRATIONS / dialect).glob("rateguard-*")}
    return sorted(name.rpartition(".")[0] for name in names if "rollback" not in name)


IDS = shipped("mysql")
CANONICAL = "rateguard-0004.canonical-senders"


@pytest.fixture(params=["sqlite", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with (
        empty_sqlite(tmp_path)
        if request.param == "sqlite"
        # The default character set of servers that are old.
        else empty_mariadb(request.getfixturevalue("mariadb"), "latin1")
    ) as database:
        yield database


class TestShipped:
    def test_dialects_have_the_same_ids(self) -> None:
        """A database is at the same point of its history, whatever it runs on."""
        assert IDS
        assert shipped("sqlite") == IDS


class TestPending:
    def test_all_of_an_empty_database_and_nothing_changed(
        self, database: Database
    ) -> None:
        """An empty database lacks everything; asking for it makes no table."""
        assert database.migrator.pending() == IDS
        assert database.tables() == set()


class TestApply:
    def test_a_fresh_database_works(self, database: Database) -> None:
        """
        After the migrations messages are judged, and names are kept and told
        apart whatever the database's default character set is.
        """
        database.migrator.apply()
        counters = [SenderCounter(name, POLICY, 1, 2, 3, 4) for name in LOOKALIKES]
        keep(database.rig, *counters)
        judging(database.rig)([mail(sender=name) for name in LOOKALIKES])

        assert {
            counter.sender: counter.charge(messages=1, recipients=1)
            for counter in counters
        } == database.rig.counters()
        assert list(LOOKALIKES) == [kept.sender for kept in database.rig.messages()]

    def test_twice_does_nothing_the_second_time(self, database: Database) -> None:
        """A second run has nothing to do and loses nothing; no lock is left."""
        assert database.migrator.apply() == IDS
        judging(database.rig)([mail("t")])
        before = database.snapshot()

        assert database.migrator.pending() == []
        assert database.migrator.apply() == []

        assert before == database.snapshot()
        assert len(database.rig.run("SELECT pid FROM yoyo_lock")) == 0

    def test_a_run_cut_off_before_its_record_is_finished_by_the_next(
        self, database: Database
    ) -> None:
        """
        Every migration can be applied where it was applied before, alone: a
        server may finish a statement whose sender was killed.
        """
        database.migrator.apply()
        judging(database.rig)([mail("t")])
        before = database.snapshot()

        for unrecorded in IDS:
            database.forget(unrecorded)
            assert database.migrator.apply() == [unrecorded]

        assert before == database.snapshot()
        (again,) = judging(database.rig)([mail("t")])
        assert again.repeated

    def test_spellings_that_differ_in_case_and_space(self, database: Database) -> None:
        """
        Two spellings of one sender both stay, whatever the database makes of
        spaces behind a name; the sender is judged by one of them.
        """
        database.migrator.apply()
        for spelling in ("Twin@example.com ", "twin@example.com "):
            database.rig.run("INSERT INTO ratelimits (sender) VALUES ({p})", spelling)
        database.forget(CANONICAL)

        database.migrator.apply()
        judging(database.rig)([mail(sender="twin@example.com")])

        counters = database.rig.counters()
        assert counters["twin@example.com"].messages == 1
        assert len(counters) == 2

    def test_two_at_once(self, database: Database) -> None:
        """Two runs at the same time do not get into each other's way."""
        together([database.migrator.apply] * 2)

        assert database.migrator.pending() == []
        judging(database.rig)([mail()])


class TestLock:
    def test_of_a_killed_run_is_named_and_can_be_broken(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A run that finds the lock of another gives up with the option that
        breaks it; broken, the next run succeeds.
        """
        monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", 0.1)
        database.migrator.break_lock()
        database.rig.run("INSERT INTO yoyo_lock (locked, pid) VALUES (1, 4711)")

        with pytest.raises(SchemaLocked, match=r"4711.*--break-lock"):
            database.migrator.apply()
        assert database.migrator.pending() == IDS

        database.migrator.break_lock()
        assert database.migrator.apply() == IDS
        judging(database.rig)([mail()])


class TestOutdated:
    @pytest.mark.parametrize("lacking", ["everything", "a column"])
    def test_judging_says_what_to_run(self, database: Database, lacking: str) -> None:
        """
        A store that lacks tables or columns says so, with the command that
        brings it up; no connection is kept.
        """
        if lacking == "a column":
            database.migrator.apply()
            database.rig.run("ALTER TABLE messages RENAME COLUMN transaction_id TO old")

        with pytest.raises(StoreOutdated, match="rateguard migrate"):
            judging(database.rig)([mail("t")])

        assert database.rig.checked_out() == 0
