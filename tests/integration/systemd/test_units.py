"""The units in ``deploy/systemd``, as systemd's own tool sees them."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess

from pathlib import Path

import pytest

from tests.integration.rigs.requirements import missing_for_systemd, require


UNITS = Path(__file__).parents[3] / "deploy" / "systemd"
SERVICES = ["rateguard.service", "rateguard-cleanup.service"]

MOST_EXPOSED = 2.0
"""Of 10; "OK" ends at 4.4."""


def unit(name: str) -> configparser.RawConfigParser:
    """Return a unit's sections; of what is said twice, the last."""
    found = configparser.RawConfigParser(strict=False, delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(UNITS / name, "utf-8")
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units where the program that they name is there."""
    require("systemd", missing_for_systemd())
    program = tmp_path / "rateguard"
    program.write_text("#!/bin/sh\n", "ascii")
    program.chmod(0o755)
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    for service in folder.glob("*.service"):
        text = service.read_text("utf-8").replace("/usr/bin/rateguard", str(program))
        service.write_text(text, "utf-8")
    return folder


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_misspelt(installed: Path) -> None:
    """Every line of every unit is understood, and nothing is missed."""
    done = analyze("verify", "--man=no", *sorted(installed.iterdir()))

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("name", SERVICES)
def test_little_is_exposed(installed: Path, name: str) -> None:
    """By systemd's own measure."""
    words = ("--offline=yes", "--no-pager", installed / name)
    done = analyze("security", *words)
    (level,) = re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)

    assert float(level) <= MOST_EXPOSED


def test_no_boot_resets_the_counters() -> None:
    """
    The cleanup is enabled by its timer alone, which makes up for a night that
    was missed; enabling the daemon does not enable it.
    """
    assert not unit("rateguard-cleanup.service").has_section("Install")
    timer = unit("rateguard-cleanup.timer")
    assert "*-*-* 00:00:10" == timer["Timer"]["OnCalendar"]
    assert "yes" == timer["Timer"]["Persistent"].replace("true", "yes")
    assert "rateguard.socket" == unit("rateguard.service")["Install"]["Also"]


def test_the_daemon_has_what_it_speaks() -> None:
    """What the code relies on is in the units."""
    service = unit("rateguard.service")["Service"]
    socket = unit("rateguard.socket")["Socket"]

    assert ("notify", "rateguard.socket") == (service["Type"], service["Sockets"])
    assert int(service["FileDescriptorStoreMax"]) >= 300
    assert int(service["WatchdogSec"]) > 0
    assert ("127.0.0.1:10033", "1024") == (socket["ListenStream"], socket["Backlog"])
    for name in SERVICES:
        assert "/etc/rateguard/rateguard.env" in unit(name)["Service"]["ExecStart"]


@pytest.mark.parametrize("path", sorted(UNITS.iterdir()), ids=lambda path: path.name)
def test_each_says_where_it_is_documented(path: Path) -> None:
    """On the manual page, and on a page that the package has."""
    manual, page = unit(path.name)["Unit"]["Documentation"].split()

    folder, _, name = page.rpartition("/")
    assert ("man:rateguard(8)", "file:/usr/share/doc/rateguard") == (manual, folder)
    assert (UNITS.parents[1] / "docs" / name).is_file()
