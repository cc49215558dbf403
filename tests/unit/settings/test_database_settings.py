"""Which database, and how many hands."""

from __future__ import annotations

import pytest

from tests.unit.settings.texts import problems, settings


class TestDriver:
    @pytest.mark.parametrize("name", ["DB_HOST", "DB_USER", "DB_PASSWORD"])
    def test_is_pymysql_where_a_server_is_named(self, name: str) -> None:
        """Who moves over from the reference has one of these set."""
        assert settings(**{name: "x"}).db_driver == "pymysql"

    @pytest.mark.parametrize(
        "variables",
        [
            {},
            {"DB_HOST": ""},
            {"DB_HOST": " "},
            {"DB_PORT": "3307"},
            {"DB_DATABASE": "x"},
        ],
    )
    def test_is_sqlite_where_none_is(self, variables: dict[str, str]) -> None:
        """An empty value names no server, nor does a port or a database."""
        assert settings(**variables).db_driver == "sqlite3"

    @pytest.mark.parametrize(
        ("text", "driver"),
        [("sqlite3", "sqlite3"), ("SQLite3", "sqlite3"), ("PyMySQL", "pymysql")],
    )
    def test_is_what_it_is_set_to(self, text: str, driver: str) -> None:
        """In any case, and whatever else is set."""
        assert driver == settings(DB_DRIVER=text, DB_HOST="db").db_driver
        assert driver == settings(DB_DRIVER=text).db_driver

    def test_is_one_of_two(self) -> None:
        """Another one is refused, once."""
        expected = ("DB_DRIVER: expected sqlite3 or pymysql, got 'postgres'",)

        assert expected == problems(DB_DRIVER="postgres")


class TestDependentDefaults:
    @pytest.mark.parametrize("driver", ["sqlite3", "SQLITE3"])
    def test_of_sqlite(self, driver: str) -> None:
        """A file, one writer, migrated at start."""
        found = settings(DB_DRIVER=driver, DB_HOST="db")

        assert found.db_database == "rateguard.db"
        assert (found.db_lanes, found.db_auto_migrate) == (1, True)

    def test_of_a_server(self) -> None:
        """The reference's name; somebody migrates it by hand."""
        found = settings(DB_DRIVER="pymysql")

        assert found.db_database == "policyd-rate-guard"
        assert (found.db_lanes, found.db_auto_migrate) == (2, False)

    def test_give_way_to_what_is_set(self) -> None:
        """Each of them alone."""
        found = settings(
            DB_DRIVER="pymysql", DB_DATABASE="x", DB_LANES="4", DB_AUTO_MIGRATE="yes"
        )

        assert found.db_database == "x"
        assert (found.db_lanes, found.db_auto_migrate) == (4, True)

    @pytest.mark.parametrize(
        ("folder", "database"),
        [
            ("/var/lib/rateguard", "/var/lib/rateguard/rateguard.db"),
            ("/var/lib/a:/var/lib/b", "/var/lib/a/rateguard.db"),
            ("", "rateguard.db"),
        ],
    )
    def test_put_the_file_into_the_state_directory(
        self, folder: str, database: str
    ) -> None:
        """systemd's, the first if there are several; else the working directory."""
        assert database == settings(STATE_DIRECTORY=folder).db_database

    def test_of_a_server_know_no_state_directory(self) -> None:
        """It is no folder of the database server."""
        found = settings(STATE_DIRECTORY="/var/lib/rateguard", DB_HOST="db")

        assert found.db_database == "policyd-rate-guard"

    def test_leave_a_named_file_where_it_is(self) -> None:
        """A relative path is relative to the working directory."""
        found = settings(STATE_DIRECTORY="/var/lib/rateguard", DB_DATABASE="x.db")

        assert found.db_database == "x.db"


class TestLanes:
    def test_of_sqlite_are_one(self) -> None:
        """SQLite has one writer."""
        (problem,) = problems(DB_DRIVER="sqlite3", DB_LANES="2")

        assert problem.startswith("DB_LANES: expected 1")

    @pytest.mark.parametrize("cached", ["1", "3"])
    def test_need_a_connection_each(self, cached: str) -> None:
        """A lane without a connection would wait for another one."""
        (problem,) = problems(DB_HOST="db", DB_LANES="4", DB_POOL_MAXCACHED=cached)

        expected = "DB_POOL_MAXCACHED: expected 0 or at least DB_LANES (4)"
        assert problem.startswith(expected)
        assert problem.endswith(f"got '{cached}'")

    @pytest.mark.parametrize("cached", ["0", "4", "5"])
    def test_have_a_connection_each(self, cached: str) -> None:
        """0 keeps all connections."""
        found = settings(DB_HOST="db", DB_LANES="4", DB_POOL_MAXCACHED=cached)

        assert found.db_lanes == 4
