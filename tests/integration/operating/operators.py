"""
Somebody at the command line. In this process: starting a command takes longer
than what it does.
"""

from __future__ import annotations

import json
import os

from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import attrs

from click.testing import CliRunner, Result

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.cli.session import Session
from rateguard.entrypoints.container import session
from tests.integration.rigs.daemon import PrivateDaemon


EVIL = "x[red]\x1b[31m\n@example.org"
"""Canonical: a sender who would like to be more than text."""


def run_here(daemon: PrivateDaemon, *words: str) -> CompletedProcess[str]:
    """
    Do what ``daemon.run`` does; an exception that the command lets out is the
    test's.
    """
    env = daemon.env
    foreign: dict[str, str | None] = dict.fromkeys(os.environ.keys() - env.keys())
    with chdir(daemon.folder):
        done = CliRunner().invoke(
            main,
            words,
            obj=session(),
            env=foreign | env,
            prog_name="rateguard",
            catch_exceptions=False,
        )
    return CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@attrs.frozen
class Operator:
    """Somebody at the command line of a daemon's machine."""

    daemon: PrivateDaemon
    session: Session | None = None

    def run(self, *words: str, **environment: str) -> Result:
        """Run a command, on whatever comes of it."""
        env: dict[str, str | None] = {"SUDO_USER": "jane", "TZ": "UTC"}
        env |= {"COLUMNS": None, "LINES": None}
        env |= self.daemon.env | environment
        return CliRunner().invoke(
            main, words, obj=self.session or session(), env=env, prog_name="rateguard"
        )

    def done(self, *words: str) -> str:
        """Run a command that has to succeed; return its output."""
        result = self.run(*words)
        assert 0 == result.exit_code, result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        """The same with ``--json``."""
        return json.loads(self.done(*words, "--json"))


def fill(daemon: PrivateDaemon) -> None:
    """Have three senders send."""
    with daemon.connect() as client:
        for number in range(4):
            client.ask(
                "anna@example.org",
                queue_id=f"4Qa{number}",
                client_address=f"192.0.2.{number % 2}",
                client_name="mx.example.net",
                sender="anna@example.org",
                instance=f"a.{number}",
            )
        client.ask("ben@example.org", recipient_count=2, queue_id="4Qb", instance="b")
        client.ask(
            EVIL.replace("\n", "\r"), client_name=EVIL.replace("\n", "\r"), instance="c"
        )


@contextmanager
def asked(folder: Path) -> Iterator[PrivateDaemon]:
    """Yield a daemon of a quota of 3, on SQLite, asked a few times."""
    settings = {
        "QUOTA": "3",
        "SOCKET": str(folder / "policy"),
        "DB_DATABASE": str(folder / "rateguard.db"),
    }
    with PrivateDaemon(folder, settings) as daemon:
        fill(daemon)
        yield daemon
