"""What deploy/ has for logrotate, Docker and Ansible fits the program."""

from __future__ import annotations

import json
import os
import re

from collections.abc import Iterator
from pathlib import Path

import pytest

from rateguard import __version__
from rateguard.entrypoints.settings import DECLARATIONS
from tests.integration.daemons import a_sender, lines, rows
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.requirements import (
    missing_for_logrotate,
    program,
    require,
    run,
)


DEPLOY = Path(__file__).parents[3] / "deploy"
SETTINGS = {each.name for each in DECLARATIONS}


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[PrivateDaemon]:
    with PrivateDaemon(tmp_path) as daemon:
        yield daemon


def text(*names: str) -> str:
    """Return the text of a file in deploy/."""
    return DEPLOY.joinpath(*names).read_text("utf-8")


class TestLogrotate:
    def test_needs_no_restart(self, daemon: PrivateDaemon) -> None:
        """
        After a rotation by our file the running daemon writes on in the new
        log, and the old one has what was before.
        """
        require("logrotate", missing_for_logrotate())
        before, after = a_sender(), a_sender()
        daemon.ask(before)
        until(lambda: lines(daemon, before))
        self._rotate(daemon.folder)
        daemon.ask(after)
        until(lambda: lines(daemon, after))

        old = (daemon.folder / "rateguard.log.1").read_text("utf-8")
        assert [True, False] == [sender in old for sender in (before, after)]
        assert not lines(daemon, before)
        assert 0o640 == daemon.log_file.stat().st_mode & 0o777

    def _rotate(self, folder: Path) -> None:
        # logrotate wants the file to be its own, and keeps notes.
        rules = folder / "rules"
        there = text("logrotate", "rateguard").replace(
            "/var/log/rateguard/", f"{folder}/"
        )
        me = f"{os.geteuid()} {os.getegid()}"
        rules.write_text(there.replace("rateguard rateguard", me), "utf-8")
        rules.chmod(0o644)
        run((program("logrotate"), "-f", "-s", folder / "notes", rules))


class TestImage:
    def test_takes_what_there_is(self) -> None:
        """What the Dockerfile copies is there, and not kept away from it."""
        image = text("docker", "Dockerfile")
        copied = {
            name
            for names in re.findall(r"^COPY (?!--)(.*) \S+$", image, re.MULTILINE)
            for name in names.split()
        }
        allowed = re.findall(
            r"^!(.*)$", text("docker", "Dockerfile.dockerignore"), re.MULTILINE
        )

        assert copied == set(allowed)
        assert [] == [name for name in copied if not (DEPLOY.parent / name).exists()]

    def test_health_counts_nothing(self, daemon: PrivateDaemon) -> None:
        """
        The health check is answered by a daemon that runs, leaves no trace in
        its tables and no warning in its log, and fails without one.
        """
        found = re.search(
            r"HEALTHCHECK .*\n\s+CMD (\[.*\])", text("docker", "Dockerfile")
        )
        assert found is not None
        _, *words = json.loads(found[1])
        daemon.settings["SOCKET"] = daemon.addresses[0]

        assert daemon.run(*words).returncode == 0
        assert [(0,)] == rows(daemon, "SELECT count(*) FROM ratelimits")
        assert [] == lines(daemon, "WARNING")
        daemon.stop()
        assert daemon.run(*words).returncode == 1

    @pytest.mark.parametrize(
        "path", [("docker", "Dockerfile"), ("docker", "compose.yaml")]
    )
    def test_settings_are_ours(self, path: tuple[str, ...]) -> None:
        """What is set for the container is a setting, or not ours to know."""
        given = r"^\s+(?:ENV )?([A-Z_]+)[=:]"
        names = set(re.findall(given, text(*path), re.MULTILINE))
        foreign = ("MARIADB_", "MAIL_USER", "MAIL_PASSWORD")
        others = {"PATH", "TZ", "STATE_DIRECTORY", "CMD"}

        ours = {name for name in names if not name.startswith(foreign)} - others
        assert ours
        assert ours <= SETTINGS


class TestVersion:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            (("docker", "compose.yaml"), 2),
            (("ansible", "roles", "rateguard", "defaults", "main.yml"), 2),
        ],
    )
    def test_is_the_codes(self, path: tuple[str, ...], expected: int) -> None:
        """Files that name a version of RateGuard name this one."""
        found = re.findall(r"rateguard\S*?[:_-](\d+\.\d+\.\d+)", text(*path))

        assert [__version__] * expected == found


class TestRole:
    def test_installs_every_unit(self) -> None:
        """With pip the role brings the units itself: all that there are."""
        variables = text("ansible", "roles", "rateguard", "vars", "main.yml")
        named = re.findall(r"^  - (rateguard\S*)$", variables, re.MULTILINE)

        there = [path.name for path in (DEPLOY / "systemd").glob("rateguard*.*")]
        assert sorted(there) == sorted(named)

    def test_logs_where_logs_are_rotated(self) -> None:
        """The role's settings are ours, and its log is one that logrotate finds."""
        variables = text("ansible", "roles", "rateguard", "vars", "main.yml")
        names = set(re.findall(r"^  ([A-Z_]+): ", variables, re.MULTILINE))

        assert names == {"LOG_FILE", "SOCKET"} <= SETTINGS
        assert "LOG_FILE: /var/log/rateguard/rateguard.log\n" in variables
        assert "\n/var/log/rateguard/*.log {" in text("logrotate", "rateguard")
