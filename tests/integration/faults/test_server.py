"""A MariaDB that breaks connections, refuses them, hangs, or is away."""

from __future__ import annotations

import time

from contextlib import ExitStack, suppress

import pymysql
import pytest

from tests.integration.faults.load import load
from tests.integration.faults.victim import DEADLINE, SENDERS, SLACK, Victim, waited
from tests.integration.rigs.mariadb import PrivateMariaDb


SENDER = "a@example.org"


def pass_uncounted(victim: Victim) -> None:
    """Assert that mail of all lanes passes, but for the first ones at once."""
    with victim.connect() as client:
        for sender in SENDERS:
            waited(client, sender)
        began = time.monotonic()
        for sender in SENDERS * 10:
            waited(client, sender)
    # One attempt a lane may fall into this time.
    assert time.monotonic() - began < 2 * DEADLINE + SLACK


class TestConnections:
    @pytest.mark.long
    def test_killed_under_load(
        self, on_mariadb: Victim, mariadb: PrivateMariaDb
    ) -> None:
        """
        Whenever the server breaks all connections, each message is counted
        exactly once, and nothing passes uncounted.
        """
        with on_mariadb, load(on_mariadb, senders=SENDERS) as running:
            for _ in range(4):
                running.runs(50)
                mariadb.kill_connections(on_mariadb.settings["DB_USER"])
            running.runs(50)
        assert running.asked == on_mariadb.counted()
        on_mariadb.said()

    def test_used_up_by_others(
        self, on_mariadb: Victim, mariadb: PrivateMariaDb
    ) -> None:
        """Mail passes uncounted while the server takes no more connections."""
        most = mariadb.execute("SELECT @@max_connections")[0][0]
        with on_mariadb, ExitStack() as others:
            others.callback(mariadb.execute, f"SET GLOBAL max_connections = {most}")
            mariadb.execute("SET GLOBAL max_connections = 10")
            with suppress(pymysql.err.OperationalError):
                while True:
                    others.enter_context(
                        pymysql.connect(
                            host=mariadb.host,
                            port=mariadb.port,
                            user=on_mariadb.settings["DB_USER"],
                            password=on_mariadb.settings["DB_PASSWORD"],
                        )
                    )
            pass_uncounted(on_mariadb)
            on_mariadb.said("database unavailable.*Too many connections")
            others.close()
            on_mariadb.recovers()
        on_mariadb.said("Too many connections", "database is back")


class TestAway:
    def test_stopped_and_started(
        self, on_mariadb: Victim, mariadb: PrivateMariaDb
    ) -> None:
        """Mail passes uncounted until the server is started again."""
        with on_mariadb:
            with on_mariadb.connect() as client:
                waited(client, SENDER)
            mariadb.stop()
            try:
                pass_uncounted(on_mariadb)
            finally:
                mariadb.start()
            on_mariadb.recovers()
        on_mariadb.said(
            "database unavailable.*Can't connect",
            "database is back",
            perhaps="no decision within REQUEST_DEADLINE",
        )


class TestHangs:
    def test_and_goes_on(self, on_mariadb: Victim, mariadb: PrivateMariaDb) -> None:
        """The first messages pass by the deadline, those after them at once."""
        with on_mariadb:
            with on_mariadb.connect() as client:
                waited(client, SENDER)
                with mariadb.paused():
                    pass_uncounted(on_mariadb)
            on_mariadb.recovers()
        said = on_mariadb.complaints()
        assert "no decision within REQUEST_DEADLINE" in said[0]
        assert "database is back" in said[-1]
        assert len(said) <= 4

    def test_when_the_daemon_is_told_to_stop(
        self, on_mariadb: Victim, mariadb: PrivateMariaDb
    ) -> None:
        """
        A server that hangs does not keep the daemon from ending, not even
        where it waits to bring the schema up.
        """
        on_mariadb.settings |= {"DB_AUTO_MIGRATE": "true", "DB_TIMEOUT": "1"}
        with mariadb.paused():
            on_mariadb.start()
            with on_mariadb.connect() as client:
                waited(client, SENDER)
            began = time.monotonic()
            assert on_mariadb.stop() == 0
        assert time.monotonic() - began < 10
