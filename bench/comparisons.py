"""Which runs are set beside which."""

from __future__ import annotations

import statistics

from collections.abc import Iterator
from typing import Any

import attrs

from bench.commands import measure_commands
from bench.crowd.filling import Crowd
from bench.restart import restart_runs
from bench.rows import row_of
from bench.scenarios import (
    MILLION,
    Measured,
    Shape,
    Store,
    measure,
    measure_cleanup,
    measure_null,
    measure_webhook,
)


@attrs.frozen
class Options:
    """
    What the command line says of all scenarios.

    Attributes:
        filled: The stores have the crowd already.
    """

    seconds: float
    rounds: int
    crowd: Crowd
    filled: bool


def _in_turn(
    scenario: str, stores: dict[str, Store], shape: Shape, rounds: int
) -> list[dict[str, Any]]:
    runs: dict[str, list[Measured]] = {name: [] for name in ("null", *stores)}
    for _ in range(rounds):
        runs["null"].append(measure_null(shape))
        for name, store in stores.items():
            runs[name] += measure(name, store, shape)
    base = statistics.median(run.report.requests_per_second for run in runs["null"])
    return [row_of(scenario, each, base) for each in runs.values()]


def _filled(stores: dict[str, Store], options: Options) -> Iterator[dict[str, Any]]:
    """
    An empty store beside one with a million senders and messages, under the
    same load and under one of all its senders, then cleanup under load. The
    ratio is to the empty one.
    """
    some, all_ = (
        Shape(seconds=options.seconds),
        Shape(senders=MILLION, seconds=options.seconds),
    )
    for name, store in stores.items():
        empty, full, fullest = [], [], []
        for _ in range(options.rounds):
            empty += measure(name, store, some)
            by_some, by_all = measure(name, store, some, all_, filled=MILLION)
            full.append(by_some)
            fullest.append(by_all)
        base = statistics.median(run.report.requests_per_second for run in empty)
        yield row_of("1000 senders, empty", empty, base)
        yield row_of("1000 of a million senders", full, base)
        yield row_of("a million senders", fullest, base)
        cleaned = measure_cleanup(
            name, store, Shape(seconds=60), filled=MILLION, pace=500
        )
        yield row_of("cleanup at 500/s", [cleaned], 0)


def _told(stores: dict[str, Store], options: Options) -> Iterator[dict[str, Any]]:
    """Requests while nobody is told, and while a receiver never answers."""
    shape = Shape(seconds=options.seconds)
    for name, store in stores.items():
        pairs = [
            measure_webhook(name, store, shape, quota=10) for _ in range(options.rounds)
        ]
        alone, beside = [list(runs) for runs in zip(*pairs, strict=True)]
        base = statistics.median(run.report.requests_per_second for run in alone)
        yield row_of("crossings, no webhook", alone, base)
        yield row_of("crossings, deaf webhook", beside, base)


def _fast(stores: dict[str, Store], options: Options) -> Iterator[dict[str, Any]]:
    """Many connections and one, beside the null responder."""
    for connections in (50, 1):
        shape = Shape(connections=connections, seconds=options.seconds)
        yield from _in_turn(f"{connections} connections", stores, shape, options.rounds)


def _restarted(stores: dict[str, Store], options: Options) -> Iterator[dict[str, Any]]:
    """A steady pace, and the daemon is restarted."""
    for kind, runs in restart_runs(stores, options.rounds):
        yield row_of(kind, runs, 0)


def _commanded(stores: dict[str, Store], options: Options) -> Iterator[dict[str, Any]]:
    """How long an operator waits at a large site."""
    yield from measure_commands(
        stores, options.crowd, filled=options.filled, rounds=options.rounds
    )


SCENARIOS = {
    "speed": _fast,
    "filled": _filled,
    "webhook": _told,
    "restart": _restarted,
    "commands": _commanded,
}
