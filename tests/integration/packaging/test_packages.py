"""What is built to be installed: wheel, source archive and Debian package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from rateguard import __version__
from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.settings import DECLARATIONS
from tests.integration.rigs.requirements import missing_for_debian, require, run


ROOT = Path(__file__).parents[3]
DEBIAN = ROOT / "deploy" / "debian"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("built")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def package(built: Path) -> Path:
    """The Debian package, without the libraries."""
    require("debian", missing_for_debian())
    wheel = built / f"rateguard-{__version__}-py3-none-any.whl"
    manual = built / "rateguard.8"
    manual.write_text(manual_page(), "utf-8")
    words = ("--wheel", wheel, "--no-deps", "--man", manual, "--output", built)
    return Path(run((DEBIAN / "build", *words)).split()[-1])


def manual_page() -> str:
    """Return what the package's script makes of the commands."""
    done = subprocess.run(
        [sys.executable, DEBIAN / "manpage.py"],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
    )
    return done.stdout


def each_command(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    """Yield every command of a group that has no commands itself."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from each_command(command, inner)
        else:
            yield inner


def _shipped(folder: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


class TestWheel:
    def test_has_every_migration(self, built: Path) -> None:
        """The wheel brings the migrations of each dialect."""
        with zipfile.ZipFile(built / f"rateguard-{__version__}-py3-none-any.whl") as it:
            names = set(it.namelist())

        assert _shipped("migrations") == {
            name.removeprefix("rateguard/")
            for name in names
            if name.startswith("rateguard/migrations/")
        }


class TestSourceArchive:
    @pytest.mark.parametrize("folder", ["src", "migrations", "deploy", "docs", "tests"])
    def test_has_all_that_is_needed(self, built: Path, folder: str) -> None:
        """Whoever unpacks the source archive can build, test and deploy."""
        name = f"rateguard-{__version__}"
        with tarfile.open(built / f"{name}.tar.gz") as archive:
            names = {each.removeprefix(f"{name}/") for each in archive.getnames()}

        assert set() == _shipped(folder) - names


class TestDebianPackage:
    def test_has_its_files_with_their_rights(self, package: Path) -> None:
        """
        Program, units, settings, log rotation and manual are where Debian has
        them; the settings are closed to others.
        """
        files = _contents(package)

        units = {f"/lib/systemd/system/{unit.name}" for unit in _units()}
        assert units == {name for name in files if "/systemd/system/rate" in name}
        assert files["/usr/lib/rateguard/bin/rateguard"] == "-rwxr-xr-x"
        assert files["/usr/share/man/man8/rateguard.8.gz"] == "-rw-r--r--"
        assert "/usr/share/rateguard/grafana/rateguard.json" in files
        assert "/usr/share/rateguard/prometheus/rateguard.rules.yml" in files
        assert files["/etc/logrotate.d/rateguard"] == "-rw-r--r--"
        assert files["/etc/rateguard/rateguard.env"] == "-rw-r-----"
        assert files["/etc/rateguard"] == "drwxr-x---"

    def test_keeps_what_the_operator_changes(self, package: Path) -> None:
        """
        The files in /etc are conffiles, and the settings are those of
        .env.example but for the log.
        """
        files = run(("dpkg-deb", "--info", str(package), "conffiles")).split()
        assert files == ["/etc/logrotate.d/rateguard", "/etc/rateguard/rateguard.env"]

        example = (ROOT / ".env.example").read_text("utf-8")
        logged = "\nLOG_FILE=/var/log/rateguard/rateguard.log\n"
        settings = _file(package, "/etc/rateguard/rateguard.env")
        assert example.replace("\n#LOG_FILE=\n", logged) == settings

    def test_says_which_python(self, package: Path) -> None:
        """
        Its version is the code's; it depends on the Python that its libraries
        are for.
        """
        control = run(("dpkg-deb", "--field", str(package)))

        assert f"Version: {__version__}\n" in control
        lib = next(n for n in _contents(package) if n.endswith("/site-packages"))
        minor = int(lib.split("/python3.")[1].split("/")[0])
        wanted = f"python3 (>= 3.{minor}~), python3 (<< 3.{minor + 1}~)"
        assert f"Depends: {wanted}, " in control

    def test_knows_every_unit(self) -> None:
        """
        What is enabled, started and stopped is what is there: all units but
        the one that the timer starts.
        """
        wanted = {unit.name for unit in _units()} - {"rateguard-cleanup.service"}
        for script in ("postinst", "postrm"):
            text = (DEBIAN / script).read_text("utf-8")
            found = re.search(r'^units="(.*)"$', text, re.MULTILINE)
            assert found is not None
            assert wanted == set(found[1].split())


class TestProgram:
    def test_starts(self) -> None:
        """The package's own launcher finds the program."""
        printed = run((sys.executable, DEBIAN / "rateguard", "--version"))

        assert __version__ in printed

    def test_has_its_completion_made(self) -> None:
        """The line of the build that makes it finds the program, too."""
        (code,) = re.findall(r"'(from rateguard.*)'", (DEBIAN / "build").read_text())
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "_RATEGUARD_COMPLETE": "bash_source"},
        )

        assert "_rateguard_completion" in done.stdout


class TestManualPage:
    def test_has_every_command_with_its_options(self) -> None:
        """And every setting."""
        text = manual_page().replace("\\-", "-")
        main_context = click.Context(main, info_name="rateguard")

        for context in each_command(main, main_context):
            name = context.command_path.removeprefix("rateguard ")
            found = re.search(rf'(?ms)^\.SS "{name} .*?(?=^\.S[SH])', text)
            assert found is not None, name
            for option in context.command.params:
                if isinstance(option, click.Option) and not option.hidden:
                    assert max(option.opts, key=len) in found[0], (name, option.opts)
        assert [] == [
            each.name for each in DECLARATIONS if f"\\fB{each.name}" not in text
        ]


def _units() -> list[Path]:
    return [
        path
        for path in (ROOT / "deploy" / "systemd").iterdir()
        if path.suffix in {".service", ".socket", ".timer"}
    ]


def _contents(package: Path) -> Mapping[str, str]:
    lines = run(("dpkg-deb", "--contents", str(package))).splitlines()
    return {line.split()[5].removeprefix(".").rstrip("/"): line[:10] for line in lines}


def _file(package: Path, name: str) -> str:
    tree = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True
    ).stdout
    return subprocess.run(
        ["tar", "--extract", "--to-stdout", f".{name}"],
        input=tree,
        check=True,
        capture_output=True,
    ).stdout.decode()
