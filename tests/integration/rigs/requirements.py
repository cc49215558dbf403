"""What a rig needs from the machine, and what happens where it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess

from typing import TYPE_CHECKING

import pytest

from tests.integration.rigs import RigError


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

REQUIRE_VARIABLE = "RATEGUARD_TEST_REQUIRE"
# Debian keeps servers in folders that only root has in its PATH.
_SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def require(what: str, missing: str | None) -> None:
    """
    Go on if nothing is ``missing``, else skip the test, or fail it.

    It fails where the environment variable ``RATEGUARD_TEST_REQUIRE`` (names
    separated by commas) has ``what``, so that a machine which is meant to run
    everything cannot skip by accident.

    Args:
        what: ``mysql``, ``postfix``, ``php``, ``systemd``, ``promtool``, ``debian``
            or ``logrotate``.
        missing: What is missing and how to get it; None if nothing is.
    """
    if missing is None:
        return
    required = os.environ.get(REQUIRE_VARIABLE, "").split(",")
    if what in {name.strip() for name in required}:
        pytest.fail(f"{REQUIRE_VARIABLE} names {what}, but {missing}", pytrace=False)
    pytest.skip(missing)


def missing_for_mysql() -> str | None:
    """Say what the MariaDB rig lacks, with the line that installs it."""
    return _missing_programs(
        ("mariadbd", "mariadb-install-db"), "apt-get install mariadb-server"
    )


def missing_for_postfix() -> str | None:
    """Say what the mail server rig lacks, with the line that installs it."""
    missing = _missing_programs(
        ("postfix", "postconf", "dovecot"), "apt-get install postfix dovecot-core"
    )
    if missing is None and os.geteuid() != 0:
        return "Postfix needs root: run the tests as root"
    return missing


def missing_for_php() -> str | None:
    """Say what the documentation's PHP lacks, with the line that installs it."""
    return _missing_programs(("php",), "apt-get install php-cli")


def missing_for_systemd() -> str | None:
    """Say what looking at the units lacks, with the line that installs it."""
    return _missing_programs(("systemd-analyze",), "apt-get install systemd")


def missing_for_promtool() -> str | None:
    """Say what the alert rules lack, with the line that installs it."""
    return _missing_programs(
        ("promtool",), "apt-get install --no-install-recommends prometheus"
    )


def missing_for_debian() -> str | None:
    """Say what building the Debian package lacks."""
    missing = _missing_programs(("dpkg-deb",), "a Debian package needs Debian")
    if missing is None:
        probe = "import sys, venv; sys.exit(sys.version_info < (3, 11))"
        python = ("/usr/bin/python3", "-c", probe)
        if subprocess.run(python, check=False, capture_output=True).returncode:
            return "no Python 3.11 of Debian's: apt-get install python3-venv"
    return missing


def missing_for_logrotate() -> str | None:
    """Say what rotating the log lacks, with the line that installs it."""
    return _missing_programs(("logrotate",), "apt-get install logrotate")


def program(name: str) -> str:
    """
    Return the path of a program.

    Raises:
        RigError: It is not installed.
    """
    path = _find(name)
    if path is None:
        raise RigError(f"{name} is not installed")
    return path


def run(command: Sequence[str | Path]) -> str:
    """
    Run a short program to its end and return what it printed.

    Raises:
        RigError: It failed; the text is the program's own.
    """
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    if done.returncode:
        raise RigError(f"{command[0]} exited with {done.returncode}:\n{done.stdout}")
    return done.stdout


def check_traversable(folder: Path) -> None:
    """
    Check that other users can reach a temporary folder.

    Raises:
        RigError: A parent keeps them out.
    """
    closed = [str(path) for path in folder.parents if not path.stat().st_mode & 0o001]
    if closed:
        raise RigError(f"closed to others: {', '.join(closed)}; set TMPDIR elsewhere")


def _find(name: str) -> str | None:
    return shutil.which(name, path=_SEARCH_PATH)


def _missing_programs(names: Iterable[str], remedy: str) -> str | None:
    absent = [name for name in names if _find(name) is None]
    return f"{', '.join(absent)} not found: {remedy}" if absent else None
