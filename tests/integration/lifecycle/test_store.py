"""The daemon and a store that is behind, away, or back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.daemons import a_sender, lines, on_mariadb, rows
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.mariadb import PrivateMariaDb


DOWN, BACK = "database unavailable, mail passes uncounted: ", "database is back after "
AWAY = "cannot check the schema: "


@pytest.fixture
def database(mariadb: PrivateMariaDb) -> Iterator[str]:
    name = mariadb.create_database()
    yield name
    mariadb.drop_database(name)


@pytest.fixture
def daemon(tmp_path: Path, mariadb: PrivateMariaDb, database: str) -> PrivateDaemon:
    """A daemon of that database, not yet started."""
    return PrivateDaemon(tmp_path, on_mariadb(mariadb, database))


@contextmanager
def _away(server: PrivateMariaDb) -> Iterator[ExitStack]:
    """Stop the server; it is back when the stack is closed."""
    server.stop()
    with ExitStack() as back:
        back.callback(server.start)
        yield back


def _counts(server: PrivateMariaDb, database: str) -> dict[str, int]:
    query = f"SELECT sender, msg_counter FROM {database}.ratelimits"
    found: list[Any] = server.execute(query)
    return dict(found)


class TestSchema:
    def test_behind_on_a_server_is_for_the_operator(
        self, daemon: PrivateDaemon, mariadb: PrivateMariaDb, database: str
    ) -> None:
        """
        On a server nobody changes the schema unasked: ``serve`` exits 1 and
        says in one line what to run; then it starts.
        """
        daemon.settings["SOCKET"] = f"{daemon.folder}/policy"
        ended = daemon.run("serve")
        assert ended.returncode == 1
        (line,) = ended.stderr.splitlines()
        assert line.startswith("rateguard: ")
        assert line.endswith("run: rateguard migrate")
        assert mariadb.execute(f"SHOW TABLES FROM {database}") == []
        assert not (daemon.folder / "policy").exists()

        assert daemon.run("migrate").returncode == 0
        with daemon:
            assert daemon.ask("a@example.org") == "DUNNO"
        assert _counts(mariadb, database) == {"a@example.org": 1}

    def test_behind_on_a_server_may_be_brought_up(
        self, daemon: PrivateDaemon, mariadb: PrivateMariaDb, database: str
    ) -> None:
        """With DB_AUTO_MIGRATE the daemon does it at its start."""
        daemon.settings["DB_AUTO_MIGRATE"] = "true"
        with daemon:
            assert daemon.ask("a@example.org") == "DUNNO"
        assert _counts(mariadb, database) == {"a@example.org": 1}

    def test_of_a_file_is_brought_up(self, tmp_path: Path) -> None:
        """
        With SQLite the daemon makes the database at its first start, each
        migration worth a line, and finds nothing to do at the next.
        """
        for _ in range(2):
            with PrivateDaemon(tmp_path, first=True) as daemon:
                assert daemon.ask("a@example.org") == "DUNNO"
        assert rows(daemon, "SELECT msg_counter FROM ratelimits") == [(2,)]
        applied = lines(daemon, "applied migration")
        assert 0 < len(applied) == len(lines(daemon, "migration"))
        assert len({line.split()[-1] for line in applied}) == len(applied)


class TestAway:
    def test_at_the_start(
        self, daemon: PrivateDaemon, mariadb: PrivateMariaDb, database: str
    ) -> None:
        """
        A server that is away keeps no daemon from starting, and no mail from
        passing. As soon as it is back, messages are counted.
        """
        assert daemon.run("migrate").returncode == 0
        with _away(mariadb) as back, daemon:
            assert len(lines(daemon, AWAY)) == 1
            assert {daemon.ask(a_sender()) for _ in range(20)} == {"DUNNO"}
            back.close()
            self._until_counted(daemon, mariadb, database)
            self._told_once(daemon)

    def test_later(
        self, daemon: PrivateDaemon, mariadb: PrivateMariaDb, database: str
    ) -> None:
        """
        A server that goes away while the daemon runs: mail passes, and the
        log says once that it does and once that this is over, with the
        damage. What was counted before is there after.
        """
        assert daemon.run("migrate").returncode == 0
        daemon.settings["DB_LANES"] = "1"
        before = a_sender()
        with daemon:
            assert daemon.ask(before) == "DUNNO"
            with _away(mariadb):
                for _ in range(20):
                    assert daemon.ask(before) == "DUNNO"
                until(lambda: lines(daemon, DOWN))
            self._until_counted(daemon, mariadb, database)
            self._told_once(daemon)

            (line,) = lines(daemon, BACK)
            passed = int(line.split(" requests passed")[0].split()[-1])
            assert passed >= 20
            assert _counts(mariadb, database)[before] == 1
            assert daemon.ask(before) == "DUNNO"
            assert _counts(mariadb, database)[before] == 2

    @staticmethod
    def _until_counted(
        daemon: PrivateDaemon, server: PrivateMariaDb, database: str
    ) -> None:
        def counted() -> bool:
            sender = a_sender()
            assert daemon.ask(sender) == "DUNNO"
            return sender in _counts(server, database)

        until(counted)

    @staticmethod
    def _told_once(daemon: PrivateDaemon) -> None:
        """Ask until every lane has seen that the database is back."""

        def told() -> bool:
            daemon.ask(a_sender())
            return bool(lines(daemon, BACK))

        until(told)
        assert len(lines(daemon, DOWN)) == 1
        assert len(lines(daemon, BACK)) == 1
