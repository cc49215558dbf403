"""What can be copied from a page works."""

from __future__ import annotations

import re

from pathlib import Path

import pytest

from click.testing import CliRunner

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session
from rateguard.entrypoints.settings import DECLARATIONS
from rateguard.entrypoints.settings.environment import parse
from tests.integration.docs.pages import (
    ROOT,
    Block,
    blocks,
    command_lines,
    named_commands,
    pages,
    settings_of,
)


OURS = {each.name for each in DECLARATIONS}

SETTINGS = [block for block in blocks() if OURS & set(settings_of(block))]

LINKING = [*pages(), ROOT / "CONTRIBUTING.md", ROOT / "DECISIONS.md"]


class TestCommands:
    @pytest.mark.parametrize("words", command_lines(), ids=" ".join)
    def test_on_a_line_are_understood(self, words: tuple[str, ...]) -> None:
        """Each has the subcommands and options of the program."""
        done = CliRunner().invoke(main, [*words, "--help"], obj=session())

        assert done.exit_code == 0, done.output

    @pytest.mark.parametrize("words", named_commands(), ids=" ".join)
    def test_in_the_text_are_there(self, words: tuple[str, ...]) -> None:
        """A command that is named exists, with its subcommand."""
        done = CliRunner().invoke(main, [*words, "--help"], obj=session())

        assert done.exit_code == 0, done.output


class TestSettings:
    @pytest.mark.parametrize("block", SETTINGS, ids=str)
    def test_can_be_set_so(self, block: Block) -> None:
        """They are right, and none has a wrong name."""
        loaded = parse(settings_of(block))

        assert () == loaded.warnings


def log_lines() -> list[str]:
    """Return RateGuard's own lines in the tables of what may be found in its log."""
    text = (ROOT / "docs" / "postfix.md").read_text("utf-8")
    ours = text.partition("### RateGuard cannot judge")[2]
    cells = [row.split("|")[3] for row in ours.splitlines() if row.startswith("|")]
    text = (ROOT / "docs" / "daily-operation.md").read_text("utf-8")
    rows = text.partition("| line | means |")[2].partition("\n\n")[0].splitlines()
    cells += [row.split("|")[1] for row in rows if row]
    text = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    cells += re.findall(r"our log says (`[^`]+`)", text)
    return sorted({line for cell in cells for line in re.findall("`([^`]+)`", cell)})


class TestLog:
    @pytest.mark.parametrize("line", log_lines())
    def test_has_such_lines(self, line: str) -> None:
        """Each piece of them that does not vary is in the code."""
        sources = (ROOT / "src" / "rateguard").rglob("*.py")
        code = " ".join(source.read_text("utf-8") for source in sources)
        # A text may be cut over several lines of code.
        code = re.sub(r'"\s+f?"', "", code)
        pieces = [each.strip(" :") for each in re.split(r"…|\b\d+\b", line)]

        assert [] == [each for each in pieces if each not in code]


class TestLinks:
    @pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
    def test_lead_to_files(self, page: Path) -> None:
        """Also on the pages that are not part of the site."""
        links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))

        assert [] == [each for each in links if not (page.parent / each).exists()]
