"""The documents say what the code does."""

from __future__ import annotations

import re
import runpy

from pathlib import Path

import pytest

from rateguard import __version__
from rateguard.entrypoints.cli.doctor.command import CHECKS
from rateguard.entrypoints.cli.main import COMMANDS
from rateguard.entrypoints.settings import DECLARATIONS
from rateguard.entrypoints.settings.environment import parse


ROOT = Path(__file__).parents[3]

PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))

OWN = "url(#"
"""What a picture takes from itself."""


def table(document: str) -> list[tuple[str, str, str]]:
    """Return name, default and meaning of each setting in a document's tables."""
    text = (ROOT / document).read_text("utf-8")
    return re.findall(r"^\| ([A-Z_]+) \| *(.*?) *\| (.*) \|$", text, re.MULTILINE)


def example() -> list[tuple[str, str, str]]:
    """Return name, default and meaning of each setting in .env.example."""
    text = (ROOT / ".env.example").read_text("utf-8")
    found = re.findall(r"^# (.*)\n#([A-Z_]+)=(.*)$", text, re.MULTILINE)
    return [(name, default, meaning) for meaning, name, default in found]


class TestSettings:
    def test_page_and_code_agree(self) -> None:
        """docs/settings.md has every setting with its default and meaning."""
        declared = [(each.name, each.default, each.meaning) for each in DECLARATIONS]

        assert declared == table("docs/settings.md")

    def test_example_and_code_agree(self) -> None:
        """
        .env.example has every setting with its default and one line of
        explanation, and none that is in force by being copied.
        """
        declared = [(each.name, each.default, each.meaning) for each in DECLARATIONS]
        text = (ROOT / ".env.example").read_text("utf-8")

        assert declared == example()
        assert [] == [line for line in text.splitlines() if line and line[0] != "#"]

    def test_example_is_what_nothing_means(self) -> None:
        """
        Writing the defaults of .env.example out changes nothing, but that a
        named server is used.
        """
        given = {name: default for name, default, _ in example()}
        for name in ("DB_HOST", "DB_USER"):
            del given[name]

        assert parse({}).settings == parse(given).settings


class TestCommands:
    def test_readme_names_every_command(self) -> None:
        """The README has a row for each command."""
        readme = (ROOT / "README.md").read_text("utf-8")
        rows = set(re.findall(r"^\| `rateguard ([a-z-]+)", readme, re.MULTILINE))

        assert set(COMMANDS) == rows


class TestPictures:
    @pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
    def test_load_nothing(self, picture: Path) -> None:
        """Neither a font nor anything else from another host."""
        text = picture.read_text("utf-8")

        assert [] == re.findall(
            r"url\(|href=|@import|@font-face", text.replace(OWN, "")
        )

    def test_of_status_is_of_today(self) -> None:
        """What ``rateguard status`` begins its lines with is on the picture."""
        script = runpy.run_path(str(ROOT / "docs" / "status_picture.py"))
        with script["demo"]() as running:
            printed = running.run("status")

        words = re.findall(r"^[a-z]+(?: [a-z]+)*", printed, re.MULTILINE)
        drawn = script["PICTURE"].read_text("utf-8").replace("&#160;", " ")
        assert len(words) > 5
        assert [] == [each for each in words if each not in drawn]


class TestVersion:
    def test_changelog_knows_it(self) -> None:
        """The version of the code has its section in the changelog."""
        changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")

        assert f"## {__version__}" in changelog


class TestDoctor:
    def test_its_page_has_every_check(self) -> None:
        """
        docs/diagnostics.md has rows for each check, in the order they are run, and
        for no other; the number that it shows is theirs.
        """
        page = (ROOT / "docs" / "diagnostics.md").read_text("utf-8")
        _, table, _ = re.split(r"<!-- /?checks.*?-->", page)
        names = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:]

        checks = list(CHECKS)
        assert checks == list(dict.fromkeys(names))
        assert set(re.findall(r"\((\d+) checks\)", page)) == {str(len(checks))}
