"""No space left on a disk."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3

from contextlib import closing

from tests.integration.faults import books
from tests.integration.faults.disk import SmallDisk
from tests.integration.faults.victim import Victim, waited
from tests.integration.rigs.daemon import until


SENDER = "a@example.org"


def _begins_a_line(text: str) -> bool:
    """Whether *text* is a line of the log, or as much of one as the disk took."""
    stamp = f"{dt.datetime.now().astimezone().isoformat(timespec='milliseconds')} "
    shape = re.sub(r"\d", "0", f"{stamp}rateguard[")
    return re.sub(r"\d", "0", text[: len(shape)]) == shape[: len(text)]


class TestDatabase:
    def test_on_a_full_disk(self, victim: Victim, small_disk: SmallDisk) -> None:
        """
        Mail passes uncounted while the database cannot grow, the log says so
        once; with space again it is counted, and the database is whole.
        """
        file = small_disk.path / "rateguard.db"
        victim.settings["DB_DATABASE"] = str(file)
        victim.counted = books.of_file(file)
        with victim:
            with victim.connect() as client:
                waited(client, SENDER)
                small_disk.fill()
                # What fits into pages that are there already is still kept.
                until(lambda: waited(client, SENDER) and victim.complaints())
                stuck = victim.counted()[SENDER]
                for _ in range(200):
                    waited(client, SENDER)
                assert victim.counted()[SENDER] == stuck
                victim.said("database unavailable.*: database or disk is full")
                small_disk.free()
            victim.recovers()
        victim.said("disk is full", "database is back after")
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


class TestLog:
    def test_on_a_full_disk(self, victim: Victim, small_disk: SmallDisk) -> None:
        """
        Messages are counted though nothing can be logged; standard error says
        why, once. With space again lines are whole again; what there was room
        for of the line before stays the beginning of a line.
        """
        victim.settings["LOG_FILE"] = str(small_disk.path / "rateguard.log")
        with victim, victim.connect() as client:
            small_disk.fill()
            for _ in range(200):
                waited(client, SENDER)
            assert victim.counted()[SENDER] == 200
            until(victim.stderr)
            small_disk.free()
            before = victim.decisions()
            waited(client, SENDER)
            until(lambda: victim.decisions() > before)
        torn = [line for line in victim.log().splitlines() if line.count(": INFO ") > 1]
        assert torn == []
        assert victim.stderr().count("\n") == 1
        assert "No space left on device" in victim.stderr()
        beginnings = victim.complaints()
        assert len(beginnings) <= 1
        assert all(_begins_a_line(each) for each in beginnings)
