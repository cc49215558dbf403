"""docs/migrating.md says what the code does."""

from __future__ import annotations

import re
import shlex

from pathlib import Path

import pytest

from click.testing import CliRunner

from rateguard.adapters.policyd_rate_limit import Limit, meaning
from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session


PAGE = (Path(__file__).parents[3] / "docs" / "migrating.md").read_text("utf-8")
COMMANDS = sorted(set(re.findall(r"^ *rateguard (.*)$", PAGE, re.MULTILINE)))
QUOTAS = re.findall(r"^\| `\[(\d+), (\d+)\]`.*\| quota (\d+)", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_one(command: str) -> None:
    """With all its options."""
    words = shlex.split(command, comments=True)

    assert CliRunner().invoke(main, [*words, "--help"], obj=session()).exit_code == 0


def test_each_quota_is_right() -> None:
    """Of the examples in the table, and of no limit."""
    quotas = [
        meaning([Limit(int(count), int(seconds))], period=86400).quota
        for count, seconds, _ in QUOTAS
    ]

    assert quotas == [int(quota) for *_, quota in QUOTAS] == [150, 12000, 1000]
    assert f"| `[]`, no limit | quota {meaning([], period=86400).quota}," in PAGE
