"""From policyd-rate-guard and back, as docs/migrating.md has it."""

from __future__ import annotations

import os
import re
import subprocess

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from tests.integration.daemons import on_mariadb
from tests.integration.databases import Database, empty_mariadb
from tests.integration.migrations import legacy
from tests.integration.migrations.legacy import Snapshot
from tests.integration.moving.rate_guard import rate_guard
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mariadb import PrivateMariaDb


PAGE = (Path(__file__).parents[3] / "docs" / "migrating.md").read_text("utf-8")
NAME = "policyd-rate-guard"
SENDER = "plain@example.com"

# By the names that its documentation has.
OLD_SETTINGS = """\
DB_DRIVER=pymysql
DB_POOL_MINCACHED=0
DB_POOL_MAXCACHED=10
DB_POOL_MAXSHARED=10
DB_POOL_MAXUSAGE=10000
SOCKET="127.0.0.1,0"
QUOTA=1000
ACTION_TEXT_BLOCKED="Rate limit reached, retry later."
LOG_LEVEL=INFO
LOG_CONSOLE=False
SYSLOG=False
LOG_MSG_PREFIX=True
SENTRY_ENVIRONMENT=prod
MESSAGE_RETENTION=0
WEBHOOK_ENABLED=False
WEBHOOK_USE_JWT=False
"""


def documented(step: str) -> str:
    """Return the commands below the comment of that name."""
    found = re.search(rf"```sh\n *# {step}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@attrs.frozen
class Move:
    """A database of policyd-rate-guard, and RateGuard with its settings."""

    server: PrivateMariaDb
    database: Database
    name: str
    folder: Path

    @property
    def rateguard(self) -> PrivateDaemon:
        """RateGuard, in its folder."""
        login = on_mariadb(self.server, self.name)
        settings = OLD_SETTINGS + "".join(f"{k}={v}\n" for k, v in login.items())
        (self.folder / ".env").write_text(settings, "ascii")
        return PrivateDaemon(self.folder)

    def shell(self, step: str) -> None:
        """Run what is documented, with the name of this database and our login."""
        (self.folder / ".my.cnf").write_text(
            f"[client]\nuser={self.server.user}\npassword={self.server.password}\n"
            f"socket={self.server.socket}\n"
        )
        subprocess.run(
            ["sh", "-euc", documented(step).replace(NAME, self.name)],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder)},
            check=True,
            timeout=60,
        )


@pytest.fixture(params=legacy.MARIADB[:1], ids=lambda each: each.name)
def move(
    request: pytest.FixtureRequest, mariadb: PrivateMariaDb, tmp_path: Path
) -> Iterator[Move]:
    with empty_mariadb(mariadb, request.param.charset) as database:
        request.param.create(database.rig)
        ((name,),) = database.rig.run("SELECT DATABASE()")
        yield Move(mariadb, database, name, tmp_path)


def test_there_and_back(move: Move) -> None:
    """
    Forward, every step works and counting goes on; back on the same tables,
    the old program counts, keeps and resets; forward again, too. Only a
    sender in capitals begins anew in between, with a row of its own.
    """
    rateguard = move.rateguard
    checked = rateguard.run("check-config")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert rateguard.run("migrate").returncode == 0

    with rateguard, rate_guard(move.server, move.name) as old:
        before = old.counted(SENDER)
        assert before is not None
        messages, recipients = before
        assert rateguard.ask(SENDER, recipient_count=3) == "DUNNO"
        assert rateguard.stop() == 0
        assert old.counted(SENDER) == (messages + 1, recipients + 3)

        old.accept(SENDER, 4)
        assert old.counted(SENDER) == (messages + 2, recipients + 7)
        old.accept("new@example.com", 5)
        assert old.counted("new@example.com") == (1, 5)
        old.accept("User@Example.com", 9)
        assert old.counted("User@Example.com") == (1, 9)
        assert old.counted("user@example.com") == (1, 2)

        again = rateguard.run("migrate")
        assert (again.returncode, again.stdout) == (0, "nothing to do\n")
        rateguard.start()
        assert rateguard.ask("new@example.com", recipient_count=995) == "DUNNO"
        assert rateguard.ask("new@example.com") != "DUNNO"
        assert rateguard.stop() == 0
        assert old.counted("new@example.com") == (3, 1001)
        old.cleanup()
        assert old.counted("new@example.com") == (0, 0)


def test_the_backup_brings_everything_back(move: Move) -> None:
    """What was saved before the move is all there is after restoring it."""
    before = Snapshot.of(move.database.rig), move.database.tables()
    move.shell("backup")
    assert move.rateguard.run("migrate").returncode == 0
    assert before[1] != move.database.tables()

    move.shell("restore")

    assert before == (Snapshot.of(move.database.rig), move.database.tables())
