"""The README and the pages in docs/, as their tests read them."""

from __future__ import annotations

import re
import shlex

from collections.abc import Iterator
from pathlib import Path

import attrs


ROOT = Path(__file__).parents[3]

_FENCED = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SHELL = frozenset({"sh", "bash", "shell", "console"})
_ENDS = frozenset({"|", ">", ">>", "<", "&&", "||", ";", "&"})


@attrs.frozen
class Block:
    """A piece of code on a page."""

    page: str
    language: str
    text: str

    def __str__(self) -> str:
        first = self.text.strip().partition("\n")[0]
        return f"{self.page}: {first[:40]}"


def pages() -> list[Path]:
    """Return every page."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> Iterator[Block]:
    """Yield every piece of code."""
    for page in pages():
        for _, language, text in _FENCED.findall(page.read_text("utf-8")):
            yield Block(page.name, language, text)


def command_lines() -> list[tuple[str, ...]]:
    """Return what follows ``rateguard`` wherever shell runs it."""
    found: set[tuple[str, ...]] = set()
    for block in blocks():
        if block.language in _SHELL:
            for words in _statements(block.text):
                found |= set(_of_ours(words))
    return sorted(found)


def _statements(text: str) -> Iterator[list[str]]:
    """Yield the words of each line of shell, which a quotation may continue."""
    line = ""
    for piece in text.replace("\\\n", " ").splitlines():
        line += piece
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            yield list(lexer)
        except ValueError:
            line += "\n"
        else:
            line = ""


def _of_ours(words: list[str]) -> Iterator[tuple[str, ...]]:
    while words:
        end = next((n for n, word in enumerate(words) if word in _ENDS), len(words))
        program = _program(words[:end])
        if program is not None and Path(words[program]).name == "rateguard":
            yield tuple(words[program + 1 : end])
        words = words[end + 1 :]


def _program(words: list[str]) -> int | None:
    """Return where the program's name is, behind variables and sudo."""
    rest = iter(enumerate(words))
    for number, word in rest:
        if word in {"-u", "-g"}:
            next(rest, None)
        elif "=" not in word and not word.startswith("-") and word not in _BEFORE:
            return number
    return None


_BEFORE = frozenset({"$", "#", "sudo", "runuser", "time", "exec"})


def named_commands() -> list[tuple[str, ...]]:
    """
    Return the words after ``rateguard`` in the text, up to the first that is
    no plain word.
    """
    found: set[tuple[str, ...]] = set()
    for page in pages():
        text = _FENCED.sub("", page.read_text("utf-8"))
        for words in re.findall(r"`rateguard\s([a-z][^`]*)`", text):
            plain = re.match(r"[a-z-]+(\s[a-z][a-z-]*)*", words)
            assert plain is not None
            found.add(tuple(plain[0].split()))
    return sorted(found)


def settings_of(block: Block) -> dict[str, str]:
    """Return the lines ``NAME=value`` of a block."""
    return dict(re.findall(r"^([A-Z][A-Z_]*)=(.*)$", block.text, re.MULTILINE))


def main_cf(text: str) -> dict[str, str]:
    """Return the parameters of a piece of ``main.cf``."""
    joined = re.sub(r"\n[ \t]+", " ", text)
    found = re.findall(r"^(\w+) *= *(.*)$", joined, re.MULTILINE)
    return dict(found)


def master_cf(text: str) -> dict[str, dict[str, str]]:
    """Return what each service of a piece of ``master.cf`` sets with ``-o``."""
    joined = re.sub(r"\n[ \t]+", " ", text)
    return {
        line.split()[0]: dict(re.findall(r"-o (\w+)=(\S+)", line))
        for line in joined.splitlines()
        if line.strip()
    }
