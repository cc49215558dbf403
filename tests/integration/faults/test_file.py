"""An SQLite file that cannot be written, is none, or is held by somebody else."""

from __future__ import annotations

import resource
import sqlite3

from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.faults import books
from tests.integration.faults.disk import SmallDisk
from tests.integration.faults.victim import Victim, waited
from tests.integration.rigs.daemon import until


SENDER = "a@example.org"
SHORT, ENDLESS = 200_000, resource.RLIM_INFINITY
"""Bytes that a file may have."""

UNFINISHED = "run: rateguard migrate"
"""What a lane meets that is faster than the one who makes the tables."""


def keep_file_at(victim: Victim, file: Path) -> None:
    """Have *victim* keep its counters somewhere else."""
    victim.settings["DB_DATABASE"] = str(file)
    victim.counted = books.of_file(file)


def passes_uncounted(victim: Victim) -> None:
    """Assert that mail passes as fast as ever, whatever its number."""
    with victim.connect() as client:
        assert sum(waited(client, SENDER) for _ in range(100)) < 3


class TestReadOnly:
    def test_turned_so(self, victim: Victim, small_disk: SmallDisk) -> None:
        """Mail passes uncounted while the disk is read-only."""
        keep_file_at(victim, small_disk.path / "rateguard.db")
        with victim:
            with small_disk.read_only():
                passes_uncounted(victim)
                victim.said("database unavailable.*unable to open database file")
            victim.recovers()
        victim.said("database unavailable", "database is back")

    def test_under_an_open_database(self, running: Victim) -> None:
        """
        Mail passes uncounted while what is written to the open database is
        refused; then it is counted, and the database is whole.
        """
        file = running.settings["DB_DATABASE"]
        log = Path(f"{file}-wal")
        with running.connect() as client:
            # Until it is much longer than the daemon's log, which is not meant.
            until(lambda: waited(client, SENDER) and log.stat().st_size > 2 * SHORT)
            resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (SHORT, ENDLESS))
            passes_uncounted(running)
            running.said("database unavailable.*rateguard.db: ")
            resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (ENDLESS, ENDLESS))
        running.recovers()
        running.said("database unavailable", "database is back")
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def test_from_the_start(self, victim: Victim, small_disk: SmallDisk) -> None:
        """The daemon starts on a read-only disk, and counts once it is not."""
        keep_file_at(victim, small_disk.path / "rateguard.db")
        with victim, victim.connect() as client:
            waited(client, SENDER)
        with small_disk.read_only():
            victim.start()
            passes_uncounted(victim)
            victim.said("cannot check the schema", "database unavailable")
        victim.recovers()
        victim.stop()
        victim.said(
            "cannot check the schema", "database unavailable", "database is back"
        )
        assert victim.counted()[SENDER] == 1


class TestMissing:
    @pytest.mark.long
    def test_folder(self, victim: Victim) -> None:
        """
        Without its folder mail passes uncounted; once somebody makes it, a
        database is made in it and mail is counted.
        """
        file = victim.folder / "lib" / "rateguard.db"
        keep_file_at(victim, file)
        with victim:
            passes_uncounted(victim)
            victim.said(f"cannot check the schema.*{file}", f"unavailable.*{file}")
            file.parent.mkdir()
            victim.recovers()
        victim.said("schema", "unavailable", "database is back", perhaps=UNFINISHED)


class TestNoDatabase:
    def test_from_the_start(self, victim: Victim) -> None:
        """
        A file that is something else is left alone and named in the log; once
        it is away, a database is made.
        """
        file = victim.folder / "letter.txt"
        file.write_bytes(b"Dear Sir or Madam,\n" * 1000)
        keep_file_at(victim, file)
        with victim:
            passes_uncounted(victim)
            victim.said(f"schema.*{file}.*not a database", f"unavailable.*{file}")
            assert file.read_bytes().startswith(b"Dear Sir or Madam")
            file.rename(victim.folder / "moved.txt")
            victim.recovers()
        victim.said("schema", "unavailable", "database is back", perhaps=UNFINISHED)


class TestHeldBySomebody:
    def test_who_writes_for_too_long(self, running: Victim) -> None:
        """
        While another program holds the write lock, messages pass by the
        deadline, after the first ones at once; then they are counted.
        """
        with running.connect() as client:
            waited(client, SENDER)
            with closing(sqlite3.connect(running.settings["DB_DATABASE"])) as other:
                other.execute("BEGIN IMMEDIATE")
                waited(client, SENDER)
                passes_uncounted(running)
                running.said("database unavailable")
        running.recovers()
        running.said("database unavailable", "database is back")
