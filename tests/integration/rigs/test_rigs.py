"""What the tests that use the private servers do not show of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.rigs import wait_until
from tests.integration.rigs.requirements import (
    REQUIRE_VARIABLE,
    missing_for_mysql,
    missing_for_postfix,
    require,
)


if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = "alice@example.org"
_STARTS_AND_WAITS = f"""
import time
from tests.integration.rigs.mailserver import PrivateMailServer
with PrivateMailServer({{"{ALICE}": "x"}}) as mailserver:
    with mailserver.submission().session("{ALICE}") as client:
        print("ready", flush=True)
        time.sleep(60)
"""


def processes_in(folder: str) -> set[str]:
    """Return the ids of the processes that work in a folder or below."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended, or is a zombie
            if str(link.readlink()).startswith(f"{folder}/"):
                found.add(link.parent.name)
    return found


class TestRequire:
    def test_nothing_is_missing(self) -> None:
        """The test goes on."""
        require("mysql", None)

    def test_missing_is_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The test is skipped with the line that installs what it needs."""
        monkeypatch.setenv(REQUIRE_VARIABLE, "postfix")

        with pytest.raises(pytest.skip.Exception, match="apt-get install x"):
            require("mysql", "x not found: apt-get install x")

    def test_missing_fails_where_required(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A machine that is meant to have it cannot skip by accident."""
        monkeypatch.setenv(REQUIRE_VARIABLE, "postfix, mysql")

        with pytest.raises(pytest.fail.Exception, match="apt-get install x"):
            require("mysql", "x not found: apt-get install x")


class TestLeavesNothing:
    @pytest.fixture
    def folder(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """Where the rigs of the test make their folders."""
        require("mysql", missing_for_mysql())
        require("postfix", missing_for_postfix())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)
            monkeypatch.setattr(tempfile, "tempdir", folder)
            yield folder

    @pytest.mark.long
    def test_after_a_killed_test_process(self, folder: str) -> None:
        """Where no test can clean up any more, a watcher ends the servers."""
        with subprocess.Popen(
            [sys.executable, "-c", _STARTS_AND_WAITS],
            env={
                **os.environ,
                "TMPDIR": folder,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdout=subprocess.PIPE,
        ) as victim:
            assert victim.stdout
            assert victim.stdout.readline() == b"ready\n"
            assert len(processes_in(folder)) >= 6
            victim.kill()

        wait_until(lambda: not processes_in(folder), "the servers end", seconds=5)
