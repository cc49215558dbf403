"""MariaDB's tables: damaged, held by somebody, fought over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pymysql
import pytest

from tests.integration.faults.load import load
from tests.integration.faults.victim import SENDERS, Victim, waited
from tests.integration.rigs.mariadb import PrivateMariaDb


DAMAGES = {
    "table dropped": (
        "RENAME TABLE {0}.ratelimits TO {0}.elsewhere",
        "RENAME TABLE {0}.elsewhere TO {0}.ratelimits",
    ),
    "column missing": (
        "ALTER TABLE {0}.messages RENAME COLUMN client_name TO elsewhere",
        "ALTER TABLE {0}.messages RENAME COLUMN elsewhere TO client_name",
    ),
}


class TestDamaged:
    @pytest.mark.parametrize(("damage", "repair"), DAMAGES.values(), ids=DAMAGES)
    def test_passes_uncounted(
        self, on_mariadb: Victim, mariadb: PrivateMariaDb, damage: str, repair: str
    ) -> None:
        """Mail passes uncounted, and the log names the command that repairs."""
        database = on_mariadb.settings["DB_DATABASE"]
        with on_mariadb, on_mariadb.connect() as client:
            waited(client, SENDERS[0])
            mariadb.execute(damage.format(database))
            try:
                for sender in SENDERS * 20:
                    waited(client, sender)
            finally:
                mariadb.execute(repair.format(database))
            on_mariadb.said("database unavailable.*run: rateguard migrate")
            on_mariadb.recovers()
        on_mariadb.said("database unavailable", "database is back")


@contextmanager
def edited_for_long(victim: Victim, sender: str) -> Iterator[None]:
    """An operator has changed a sender's quota and not committed it."""
    settings = victim.settings
    with closing(
        pymysql.connect(
            host=settings["DB_HOST"],
            port=int(settings["DB_PORT"]),
            user=settings["DB_USER"],
            password=settings["DB_PASSWORD"],
            database=settings["DB_DATABASE"],
        )
    ) as operator:
        with operator.cursor() as cursor:
            cursor.execute(
                "UPDATE ratelimits SET quota = 7 WHERE sender = %s", (sender,)
            )
        yield
        operator.rollback()


class TestHeld:
    def test_by_an_operator(self, on_mariadb: Victim) -> None:
        """
        A sender whose row somebody else holds passes by the deadline; senders
        of other lanes are judged as ever.
        """
        on_mariadb.settings["DB_LANES"] = "8"
        others = [f"{number}@example.com" for number in range(24)]
        with on_mariadb, on_mariadb.connect() as client:
            for sender in [SENDERS[0], *others]:
                waited(client, sender)
            with edited_for_long(on_mariadb, SENDERS[0]):
                waited(client, SENDERS[0])
                before = on_mariadb.counted()
                for sender in others:
                    waited(client, sender)
                judged = on_mariadb.counted() - before
                assert judged.total() > len(others) / 2
                on_mariadb.said("database unavailable", perhaps="also: ")
            on_mariadb.recovers()
        on_mariadb.said("database unavailable", "database is back", perhaps="also: ")


class TestFoughtOver:
    def test_by_two_daemons(self, on_mariadb: Victim, on_mariadb_too: Victim) -> None:
        """
        Two daemons that charge the same senders, new ones among them, count
        every message; none passes because they got in each other's way.
        """
        daemons = (on_mariadb, on_mariadb_too)
        with on_mariadb, on_mariadb_too, load(*daemons, senders=SENDERS) as running:
            running.runs(300)
        assert running.asked == on_mariadb.counted()
        on_mariadb.said()
        on_mariadb_too.said()
