"""docs/alerts.md as its tests read it."""

from __future__ import annotations

import re

from pathlib import Path


DOCUMENT = Path(__file__).parents[3] / "docs" / "alerts.md"


def text() -> str:
    """Return the document."""
    return DOCUMENT.read_text("utf-8")


def snippet(language: str, containing: str) -> str:
    """Return the one piece of code of that language with that word."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", text(), re.DOTALL | re.MULTILINE)
    (one,) = [each for each in found if containing in each]
    return str(one)


def first_column(header: str) -> list[str]:
    """Return the words in backticks of the first column of a table."""
    found = re.search(rf"^\| {header} \|.*\n\|-.*\n((?:\|.*\n)+)", text(), re.MULTILINE)
    assert found is not None
    cells = [line.split("|")[1] for line in found[1].splitlines()]
    return [word for cell in cells for word in re.findall("`(.*?)`", cell)]
