"""Tables for people and for scripts."""

from __future__ import annotations

import csv
import io
import json

from types import SimpleNamespace

import pytest

from rateguard.entrypoints.cli.output.drawn import ASCII, bars, drawn, has_blocks
from rateguard.entrypoints.cli.output.output import rows_as_csv, rows_as_json
from rateguard.entrypoints.cli.output.table import Chart, Column, Facts, Line, Table
from rateguard.entrypoints.cli.output.texts import shown
from tests.unit.doubles import NOON


EVIL = "[red]x[/red]:smile:\x1b[31m\n\u202e"
LONG = f"{'l' * 150}@example.com"


def table(**row: object) -> Table:
    """Return a table of one row."""
    columns = [Column.of(name, name) for name in row]
    return Table(list(row), columns, [row], "nobody")


class Terminal(io.StringIO):
    """An output that says it is one."""

    def isatty(self) -> bool:
        """It is."""
        return True


class TestJson:
    def test_has_types(self) -> None:
        """
        Numbers as numbers, times in ISO with offset, what is not there as
        null; text as it is, in ASCII.
        """
        found = table(n=3, yes=True, at=NOON, none=None, text=f"jörg{EVIL}")
        text = rows_as_json(found)

        expected = {
            "n": 3,
            "yes": True,
            "at": NOON.astimezone().isoformat(),
            "none": None,
            "text": f"jörg{EVIL}",
        }
        assert [expected] == json.loads(text)
        assert text.isascii()
        assert "\x1b" not in text

    def test_has_only_the_keys(self) -> None:
        """What is there for people alone is left out."""
        found = Table(["a"], [], [{"a": 1, "b": 2}])

        assert [{"a": 1}] == json.loads(rows_as_json(found))

    def test_of_nothing_is_a_list(self) -> None:
        """Scripts need no special case."""
        assert [] == json.loads(rows_as_json(Table(["a"], [], [])))


class TestCsv:
    def test_reads_back(self) -> None:
        """A heading, a line a row; rows within a row are JSON."""
        found = table(
            n=3, yes=False, at=NOON, none=None, quoted='a,"b"', many=[{"a": 1}]
        )
        rows = list(csv.reader(io.StringIO(rows_as_csv(found))))

        assert ["n", "yes", "at", "none", "quoted", "many"] == rows[0]
        expected = [
            "3",
            "false",
            NOON.astimezone().isoformat(),
            "",
            'a,"b"',
            '[{"a": 1}]',
        ]
        assert [expected] == rows[1:]

    def test_has_one_line_a_row(self) -> None:
        """Whatever strangers sent."""
        text = rows_as_csv(table(a=EVIL))

        assert 2 == len(text.splitlines())
        assert text.replace("\n", "").isprintable()

    def test_of_nothing_has_its_heading(self) -> None:
        """So that columns are known."""
        assert "a,b\n" == rows_as_csv(Table(["a", "b"], [], []))


class TestDrawn:
    def test_never_cuts_where_it_is_no_terminal(self) -> None:
        """Addresses are whole, each row on a line of its own, without colours."""
        coloured = Column("c", lambda _row: "red", style=lambda _row: "red")
        found = Table([], [Column.of("a", "a"), coloured], [{"a": LONG}])

        lines = drawn([found], io.StringIO()).splitlines()
        assert ["A", "C"] == lines[0].split()
        assert [f"{LONG}  red"] == lines[1:]

    def test_is_coloured_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Unless NO_COLOR is set."""
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert "\x1b[31m" in drawn([Line("hot", "red")], Terminal())

        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[31m" not in drawn([Line("hot", "red")], Terminal())

    @pytest.mark.parametrize("output", [io.StringIO, Terminal])
    def test_interprets_nothing(self, output: type[io.StringIO]) -> None:
        """No markup, no emoji, no escape sequence of strangers."""
        text = drawn([table(a=EVIL), Facts([("b", shown(EVIL))])], output())

        expected = "[red]x[/red]:smile:\\x1b[31m\\n\\u202e"
        assert 2 == text.replace("\n", "").count(expected)
        assert "\x1b[31m" not in text

    def test_says_that_there_is_nothing(self) -> None:
        """In words, without a heading."""
        found = Table(["a"], [Column.of("a", "a")], [], "nobody")

        assert "nobody\n" == drawn([found], io.StringIO())


def columns_of(lines: list[str]) -> list[str]:
    """Return the titles."""
    return lines[0].split()


class TestFitted:
    NAMES = ("anna@example.com", f"{'l' * 52}@example.com")
    TABLE = Table(
        [],
        [
            Column.time("at", "at"),
            Column.name("name", "name", yields=1, least=20),
            Column.of("said", "said", yields=3, least=6),
            Column.number("n", "n", yields=2),
        ],
        [{"at": NOON, "name": name, "said": "x" * 30, "n": 7} for name in NAMES],
    )

    @pytest.fixture(autouse=True)
    def _edge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.setenv = monkeypatch.setenv

    def lines(self, room: int, *, wide: bool = False) -> list[str]:
        """Return what is drawn in so many columns."""
        self.setenv("COLUMNS", str(room))
        return drawn([self.TABLE], io.StringIO(), wide=wide).splitlines()

    @pytest.mark.parametrize("room", range(24, 140))
    def test_is_never_wider_than_there_is_room(self, room: int) -> None:
        """And has every name whole, on a line of its own if need be."""
        lines = self.lines(room)

        needed = max(room, *map(len, self.NAMES))
        assert all(len(line) <= needed for line in lines)
        assert set(self.NAMES) <= {word for line in lines for word in line.split()}

    def test_yields_in_a_fixed_order(self) -> None:
        """
        A time is told in short, then texts are cut, then names get narrower, then
        columns go; what is not shown is told.
        """
        full = len(f"2024-02-29 12:00:00 +0000  {self.NAMES[1]}  {'x' * 30}  7")
        assert str(NOON.year) in self.lines(full)[1]
        assert "2024-02-29  " in self.lines(full - 1)[1]
        short = full - len(" 12:00:00 +0000")
        assert "x…" not in self.lines(short)[1]
        assert "x…" in self.lines(short - 1)[1]
        cut = short - 24
        assert columns_of(self.lines(cut)) == ["AT", "NAME", "SAID", "N"]
        assert self.NAMES[1] not in [line.strip() for line in self.lines(cut)]
        assert self.NAMES[1] in [line.strip() for line in self.lines(cut - 1)]
        narrow = len(f"2024-02-29  {'n' * 20}  {'x' * 6}  7")
        assert columns_of(self.lines(narrow)) == ["AT", "NAME", "SAID", "N"]
        assert columns_of(self.lines(narrow - 1)) == ["AT", "NAME", "SAID"]
        assert "not shown: n; see --wide" == self.lines(narrow - 1)[-1]
        assert columns_of(self.lines(24)) == ["AT", "NAME"]

    def test_is_whole_if_it_shall_be_wide(self) -> None:
        """However little room there is."""
        lines = self.lines(40, wide=True)

        assert ["AT", "NAME", "SAID", "N"] == columns_of(lines)
        assert lines[1].startswith("2024-02-29 12:00:00 +")
        assert lines[2].endswith(f"{self.NAMES[1]}  {'x' * 30}  7")

    def test_counts_what_a_terminal_shows(self) -> None:
        """Characters that are two columns wide."""
        self.setenv("COLUMNS", "10")
        found = Table([], [Column.of("a", "a", yields=1, least=1)], [{"a": "名" * 9}])
        _, line = drawn([found], io.StringIO()).splitlines()

        assert "名名名名…" == line.replace(" ", "")

    def test_is_cut_in_ascii_where_there_is_no_more(self) -> None:
        """An ellipsis that the encoding lacks would be six characters wide."""
        self.setenv("COLUMNS", "5")
        found = Table([], [Column.of("a", "a", yields=1, least=1)], [{"a": "abcdefgh"}])
        output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

        assert ["A", "abcd~"] == drawn([found], output).splitlines()


class TestBars:
    def test_fill_the_height(self) -> None:
        """The largest value does; half of it fills half."""
        assert ["      ██", "   ██ ██"] == bars(Chart("", [0, 5, 10], 2))

    def test_show_whatever_is_more_than_nothing(self) -> None:
        """However small beside the largest."""
        assert ["▁▁ ██"] == bars(Chart("", [1, 100000], 1))

    def test_may_be_narrow(self) -> None:
        """Without a space between."""
        assert ["▄█"] == bars(Chart("", [5, 10], 1, width=1))

    def test_of_nothing(self) -> None:
        """An empty chart."""
        assert ["     "] == bars(Chart("", [0, 0], 1))

    def test_in_ascii(self) -> None:
        """Where the encoding has no blocks."""
        assert [False, False, True] == [
            has_blocks(SimpleNamespace(encoding=encoding))  # type: ignore[arg-type]
            for encoding in ("ascii", "no such encoding", "utf-8")
        ]
        assert ["   .. ##", "## ## ##"] == bars(Chart("", [3, 4, 6], 2), ASCII)
