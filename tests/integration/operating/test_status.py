"""``rateguard status``."""

from __future__ import annotations

import re

from pathlib import Path

from tests.integration.daemons import rows, used
from tests.integration.operating.operators import Operator
from tests.integration.rigs.daemon import PrivateDaemon


class TestWell:
    def test_tells_everything(self, operator: Operator) -> None:
        """Exit status 0, and asking charges nobody."""
        before = used(operator.daemon, "")
        result = operator.run("status")

        assert 0 == result.exit_code, result.output
        for fact in ("policy, answered in", "SQLite, /", "schema current",
                     "none waiting",
                     "over quota", "cleanup   never", "█"):  # fmt: skip
            assert fact in result.stdout
        assert "all well" == result.stdout.splitlines()[-1]
        assert before == used(operator.daemon, "") == (0, 0)

    def test_brief(self, operator: Operator) -> None:
        """One line with figures."""
        text = operator.done("status", "--brief")

        assert re.fullmatch(
            r"RATEGUARD OK - all well \| answer=0\.\d{3}s senders=\d+ over_quota=\d+"
            r" suspended=\d+ messages=\d+ blocked=\d+ waiting=0\n",
            text,
        )

    def test_in_ascii(self, operator: Operator) -> None:
        """Where the locale has no blocks."""
        shown = operator.run("status", PYTHONIOENCODING="ascii")
        assert 0 == shown.exit_code


class TestNotWell:
    def test_without_a_daemon_and_database(self, tmp_path: Path) -> None:
        """Exit status 1, and what to do."""
        path = tmp_path / "none.db"
        settings = {"DB_DATABASE": str(path), "SOCKET": str(tmp_path / "nobody")}
        result = Operator(PrivateDaemon(tmp_path, settings)).run("status")

        assert 1 == result.exit_code
        assert "daemon down: no answer from" in result.stdout
        assert "there is no database yet; run: rateguard migrate" in result.stdout
        assert "needs attention" == result.stdout.splitlines()[-1]
        assert not path.exists()

    def test_with_an_overdue_cleanup(self, tmp_path: Path) -> None:
        """Exit status 1 and a word, until the next."""
        settings = {"SOCKET": str(tmp_path / "policy")}
        settings["DB_DATABASE"] = str(tmp_path / "rateguard.db")
        with PrivateDaemon(tmp_path, settings) as daemon:
            operator = Operator(daemon)
            operator.done("cleanup")
            assert operator.json("status")["ok"]
            rows(
                daemon,
                "UPDATE rateguard_resets SET started_at = datetime('now', '-26 hours')",
            )
            overdue = operator.run("status", "--brief")
            assert 1 == overdue.exit_code
            assert "cleanup overdue: started 26 h ago" in overdue.stdout
            operator.done("cleanup")
            assert operator.json("status")["ok"]

    def test_with_a_schema_that_is_behind(self, tmp_path: Path) -> None:
        """Exit status 1, and how many migrations."""
        settings = {"DB_DATABASE": str(tmp_path / "rateguard.db")}
        operator = Operator(PrivateDaemon(tmp_path, settings))
        operator.done("migrate")
        rows(
            operator.daemon,
            "DELETE FROM _yoyo_migration WHERE migration_id LIKE 'rateguard-0009%'",
        )
        result = operator.run("status")

        assert 1 == result.exit_code
        assert "1 migration pending: run rateguard migrate" in result.stdout

    def test_with_wrong_settings(self, operator: Operator) -> None:
        """Exit status 2."""
        assert 2 == operator.run("status", QUOTA="many").exit_code
