"""A good machine: the daemon, its database and log, and Postfix's configuration."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess

from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

from click.testing import CliRunner, Result

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.requirements import program, run


USER = "postfix"
"""The user that the daemon is said to have: not root, which may do everything."""

DATA = "smtpd_data_restrictions"


@attrs.frozen
class Machine:
    """
    A running daemon, shared, and a folder of this test's own with everything
    else that the doctor looks at.
    """

    daemon: PrivateDaemon
    folder: Path
    settings: dict[str, str]

    @property
    def postfix(self) -> Path:
        """The folder of ``main.cf``."""
        return self.folder / "postfix"

    @property
    def env_file(self) -> Path:
        """The settings file."""
        return self.folder / "rateguard.env"

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "state" / "rateguard.db"

    @property
    def socket(self) -> Path:
        """The daemon's socket inside of Postfix's queue."""
        return Path(self.daemon.addresses[0])

    @property
    def outside(self) -> Path:
        """The daemon's other socket."""
        return Path(self.daemon.addresses[1])

    @property
    def port(self) -> int:
        """The daemon's port at 127.0.0.1."""
        return int(self.daemon.addresses[2].rpartition(",")[2])

    def set(self, **settings: str) -> None:
        """Change settings."""
        self.settings.update(settings)
        lines = [f"{name}='{text}'\n" for name, text in self.settings.items()]
        self.env_file.write_text("".join(lines), "utf-8")

    def check(self, service: str, **attributes: str) -> str:
        """Return the restriction that asks a service."""
        every = {"timeout": "10s", "default_action": "DUNNO", **attributes}
        told = [f"{name}={text}" for name, text in every.items() if text]
        return f"check_policy_service {{ {', '.join([service, *told])} }}"

    def main_cf(self, **parameters: str) -> None:
        """Set parameters of Postfix."""
        self.postconf(*(f"{name} = {text}" for name, text in parameters.items()))

    def ask(self, text: str) -> None:
        """Set the list in which messages are counted."""
        self.main_cf(**{DATA: text})

    def postconf(self, *words: str) -> str:
        """Run postconf on this configuration."""
        text = run((program("postconf"), "-c", self.postfix, *words))
        self.settle()
        return text

    def settle(self) -> None:
        """
        Make the configuration look old: Postfix waits for a second before it
        trusts a file that was just written.
        """
        for name in ("main.cf", "master.cf"):
            os.utime(self.postfix / name, (0, 0))

    def master_cf(self, line: str) -> None:
        """Add a line to ``master.cf``."""
        with (self.postfix / "master.cf").open("a") as file:
            file.write(f"{line}\n")
        self.settle()

    def sql(self, statement: str, *values: object) -> None:
        """Change the database."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement, values)

    def doctor(self, *words: str, user: str = USER) -> Result:
        """Run the doctor."""
        options = ["--postfix-config", str(self.postfix), "--user", user]
        command = ["--env-file", str(self.env_file), "doctor", *options, *words]
        return CliRunner().invoke(main, command, obj=session())

    def findings(self) -> list[dict[str, str]]:
        """Return what the doctor finds."""
        done = self.doctor("--json")
        assert done.exit_code in {0, 1}, done.output
        document: dict[str, Any] = json.loads(done.stdout)
        found: list[dict[str, str]] = document["findings"]
        assert "a bug" not in done.stdout
        assert done.exit_code == any(each["level"] == "fault" for each in found)
        return found

    def mend(self, fix: str) -> None:
        """Do as the doctor says, but for what needs a Postfix that runs."""
        command, *_ = fix.partition(" && postfix ")
        path = os.pathsep.join([str(Path(program("postconf")).parent), os.defpath])
        subprocess.run(["sh", "-ec", command], env={"PATH": path}, check=True)
        self.settle()
