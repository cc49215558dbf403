"""Which runs are set beside which, and the table that comes of it."""

from __future__ import annotations

import functools
import statistics

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from bench.commands import measure_commands
from bench.crowd import Crowd
from bench.plan import dunno_or_defer
from bench.restart import KINDS, measure_restart
from bench.scenarios import (
    Measured,
    Shape,
    measure,
    measure_cleanup,
    measure_null,
    measure_webhook,
)
from bench.services import Program, Store


SHARES = (0.25, 0.5, 0.75)
"""Of the capacity, for the open loop."""

_FIGURES = ("requests_per_second", "p50_ms", "p99_ms", "p999_ms")
_COSTS = ("daemon_us", "server_us")

Row: TypeAlias = dict[str, Any]
Side: TypeAlias = tuple[str, str]
"""Service and program."""


@attrs.frozen
class Options:
    """
    What the command line says of all scenarios.

    Attributes:
        programs: The one of this checkout last; before it, what it is compared
            with.
    """

    stores: Mapping[str, Store]
    programs: Sequence[Program]
    seconds: float
    rounds: int
    crowd: Crowd

    def in_turn(
        self, *shapes: Shape, null: bool = False
    ) -> dict[Side, list[list[Measured]]]:
        """
        Measure all, *null* the null responder too, in turn and every other round
        backwards: A B, B A, …. What machines do at that time is shared by all.
        """
        sides: dict[Side, Callable[[], list[Measured]]] = {}
        if null:
            sides["null responder", ""] = lambda: [measure_null(shapes[0])]
        for name, store in self.stores.items():
            for program in self.programs:
                sides[name, program.name] = functools.partial(
                    measure, program, store, *shapes
                )
        runs: dict[Side, list[list[Measured]]] = {side: [] for side in sides}
        for number in range(self.rounds):
            for side in list(sides)[:: -1 if number % 2 else 1]:
                runs[side].append(sides[side]())
        return runs


def closed(options: Options) -> Iterator[Row]:
    """Many connections and one, each sends when it was answered."""
    for connections in (50, 1):
        shape = Shape(connections=connections, seconds=options.seconds)
        runs = options.in_turn(shape, null=len(options.programs) == 1)
        yield from _rows(f"{connections} connections", runs)


def open_(options: Options) -> Iterator[Row]:
    """
    Requests at a rate, as mail servers send them: at shares of what the first
    program can do in a closed loop.
    """
    for name, store in options.stores.items():
        full = Shape(seconds=options.seconds)
        (run,) = measure(options.programs[0], store, full)
        capacity = run.report.requests_per_second
        shapes = [attrs.evolve(full, pace=capacity * share) for share in SHARES]
        runs = attrs.evolve(options, stores={name: store}).in_turn(*shapes)
        for number, share in enumerate(SHARES):
            scenario = f"{share:.0%} of {capacity:.0f}/s"
            yield from _rows(scenario, runs, number)


def filled(options: Options) -> Iterator[Row]:
    """
    An empty store beside one with a crowd, under the load of some senders and
    of all of them, then cleanup under load.
    """
    program, crowd = options.programs[-1], options.crowd
    some = Shape(seconds=options.seconds, expected=dunno_or_defer)
    all_ = attrs.evolve(some, senders=crowd.senders)
    for name, store in options.stores.items():
        side = (name, program.name)
        empty, full, fullest = [], [], []
        for _ in range(options.rounds):
            empty += measure(program, store, some)
            by_some, by_all = measure(program, store, some, all_, crowd=crowd)
            full.append(by_some)
            fullest.append(by_all)
        yield _row("empty store", side, empty)
        yield _row("filled, 1000 of them send", side, full)
        yield _row("filled, all send", side, fullest)
        cleaned = measure_cleanup(program, store, crowd)
        yield _row("cleanup at 500/s", side, [cleaned])


def webhook(options: Options) -> Iterator[Row]:
    """Senders reach their quota: without alerts, and with a deaf receiver."""
    shape, program = Shape(seconds=options.seconds), options.programs[-1]
    for name, store in options.stores.items():
        pairs = [
            measure_webhook(program, store, shape, quota=10)
            for _ in range(options.rounds)
        ]
        alone, beside = zip(*pairs, strict=True)
        yield _row("quota reached, no webhook", (name, program.name), alone)
        yield _row("quota reached, deaf webhook", (name, program.name), beside)


def restart(options: Options) -> Iterator[Row]:
    """1000 requests a second, and the daemon is restarted."""
    for name, store in options.stores.items():
        for kind, how in KINDS.items():
            runs = [measure_restart(store, **how) for _ in range(options.rounds)]
            yield _row(kind, (name, options.programs[-1].name), runs)


def commands(options: Options) -> Iterator[Row]:
    """How long an operator waits at a large site."""
    rows = measure_commands(
        options.stores, options.programs, options.crowd, rounds=options.rounds
    )
    yield from _with_ratios(rows, "seconds", "cpu_ms")


SCENARIOS: dict[str, Callable[[Options], Iterator[Row]]] = {
    "closed": closed,
    "open": open_,
    "filled": filled,
    "webhook": webhook,
    "restart": restart,
    "commands": commands,
}


def _rows(
    scenario: str, runs: Mapping[Side, list[list[Measured]]], number: int = 0
) -> Iterator[Row]:
    """Yield a row a side, and one of ratios where two programs were compared."""
    rows = [
        _row(scenario, side, [each[number] for each in runs[side]]) for side in runs
    ]
    if not rows[0]["program"]:
        for row in rows:
            rate = row["requests_per_second"] / rows[0]["requests_per_second"]
            row["of_null"] = round(rate, 3)
    yield from _with_ratios(rows, *_FIGURES, *_COSTS)


def _with_ratios(rows: Iterable[Row], *figures: str) -> Iterator[Row]:
    """Yield rows, and after two of the same the ratio of the second to the first."""
    old: Row = {}
    for row in rows:
        yield row
        what = {name: row.get(name) for name in ("scenario", "service", "command")}
        if what.items() <= old.items():
            ratios = {
                figure: round(row[figure] / old[figure], 3)
                for figure in figures
                if old.get(figure)
            }
            program = f"{row['program']} / {old['program']}"
            yield {**what, "program": program, "ratios": ratios}
        old = {"command": None, **row}


def _row(scenario: str, side: Side, runs: Sequence[Measured]) -> Row:
    """Return the medians of some runs."""
    reports = [run.report for run in runs]
    row: Row = {"scenario": scenario, "service": side[0], "program": side[1]}
    for figure in _FIGURES:
        row[figure] = statistics.median(getattr(report, figure) for report in reports)
    for cost in _COSTS:
        spent = [getattr(run, cost) for run in runs]
        if None not in spent:
            row[cost] = statistics.median(spent)
    row["max_ms"] = max(report.max_ms for report in reports)
    row["stolen"] = max(run.stolen for run in runs)
    row["exact"] = all(run.exact for run in runs)
    row["note"] = runs[-1].note
    return row


def line_of(row: Mapping[str, Any]) -> str:
    """Return a row as people read it."""
    what = f"{row['scenario']:27} {row['service']:14} {row['program'][:20]:20}"
    if row.get("command"):
        what = f"{row['service']:8} {row['program'][:20]:20} {row['command']}: "
    if "ratios" in row:
        return what + "  ".join(f"{name} {x:.2f}" for name, x in row["ratios"].items())
    end = "" if row["exact"] else f"  NOT EXACT {row['note']}"
    if row.get("command"):
        return (
            f"{what} {row['seconds']:.2f} s, worst {row['worst_seconds']:.2f},"
            f" processor {row['cpu_ms']:.0f} ms, stolen {row['stolen']:.1%}{end}"
        )
    of_null = f" {row['of_null']:5.2f} of null" if "of_null" in row else ""
    costs = "".join(f"  {cost} {row[cost]:.0f}" for cost in _COSTS if cost in row)
    return (
        f"{what} {row['requests_per_second']:7.0f}/s{of_null}"
        f"  p50 {row['p50_ms']:.2f}  p99 {row['p99_ms']:.2f}"
        f"  p99.9 {row['p999_ms']:.2f}  max {row['max_ms']:.1f} ms{costs}"
        f"  stolen {row['stolen']:.1%} {end or row['note']}"
    )
