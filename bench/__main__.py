"""
``tox -e bench``: how fast, and still exact?

Prints a table and JSON. Machines are noisy: the rounds of all services take
turns, the median counts, and what to read is the ratio to the null responder
of the same rounds. A run from which the host of a virtual machine took more
than a hundredth of the processors is repeated, see ``bench.host``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import platform
import statistics

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bench.restart import restart_runs
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
from bench.services import mariadb_store, sqlite_store
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.requirements import missing_for_mysql


@contextlib.contextmanager
def _stores() -> Iterator[dict[str, Store]]:
    stores: dict[str, Store] = {"SQLite": sqlite_store}
    if missing_for_mysql() is not None:
        yield stores
        return
    with PrivateMariaDb() as server:
        yield {**stores, "MariaDB": functools.partial(mariadb_store, server)}


def _row(scenario: str, runs: Sequence[Measured], base: float) -> dict[str, Any]:
    reports = [run.report for run in runs]

    def median(figure: str) -> float:
        return float(statistics.median(getattr(report, figure) for report in reports))

    return {
        "scenario": scenario,
        "service": runs[0].service,
        "requests_per_second": round(median("requests_per_second")),
        "ratio": round(median("requests_per_second") / base, 3) if base else None,
        "p50_ms": round(median("p50_ms"), 2),
        "p99_ms": round(median("p99_ms"), 2),
        "p999_ms": round(median("p999_ms"), 2),
        "max_ms": round(max(report.max_ms for report in reports), 1),
        "stolen": round(max(run.stolen for run in runs), 3),
        "exact": all(run.exact for run in runs),
        "note": runs[-1].note,
    }


def _in_turn(
    scenario: str, stores: dict[str, Store], shape: Shape, rounds: int
) -> list[dict[str, Any]]:
    runs: dict[str, list[Measured]] = {name: [] for name in ("null", *stores)}
    for _ in range(rounds):
        runs["null"].append(measure_null(shape))
        for name, store in stores.items():
            runs[name] += measure(name, store, shape)
    base = statistics.median(run.report.requests_per_second for run in runs["null"])
    return [_row(scenario, each, base) for each in runs.values()]


def _filled(
    stores: dict[str, Store], seconds: float, rounds: int
) -> Iterator[dict[str, Any]]:
    """
    An empty store beside one with a million senders and messages, under the
    same load and under one of all its senders, then cleanup under load. The
    ratio is to the empty one.
    """
    some, all_ = Shape(seconds=seconds), Shape(senders=MILLION, seconds=seconds)
    for name, store in stores.items():
        empty, full, fullest = [], [], []
        for _ in range(rounds):
            empty += measure(name, store, some)
            by_some, by_all = measure(name, store, some, all_, filled=MILLION)
            full.append(by_some)
            fullest.append(by_all)
        base = statistics.median(run.report.requests_per_second for run in empty)
        yield _row("1000 senders, empty", empty, base)
        yield _row("1000 of a million senders", full, base)
        yield _row("a million senders", fullest, base)
        cleaned = measure_cleanup(
            name, store, Shape(seconds=60), filled=MILLION, pace=500
        )
        yield _row("cleanup at 500/s", [cleaned], 0)


def _print(row: dict[str, Any]) -> None:
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    click.echo(
        f"{row['scenario']:26} {row['service']:17}"
        f" {row['requests_per_second']:7}/s {ratio:>5}"
        f"  p50 {row['p50_ms']:7.2f}  p99 {row['p99_ms']:7.2f}"
        f"  p99.9 {row['p999_ms']:7.2f}  max {row['max_ms']:6.1f} ms"
        f"  stolen {row['stolen']:.1%}"
        f"  {'exact' if row['exact'] else 'NOT EXACT'} {row['note']}"
    )


def _told(
    stores: dict[str, Store], seconds: float, rounds: int
) -> Iterator[dict[str, Any]]:
    """
    Requests while nobody is told, and while a receiver never answers.
    """
    shape = Shape(seconds=seconds)
    for name, store in stores.items():
        pairs = [measure_webhook(name, store, shape, quota=10) for _ in range(rounds)]
        alone, beside = [list(runs) for runs in zip(*pairs, strict=True)]
        base = statistics.median(run.report.requests_per_second for run in alone)
        yield _row("crossings, no webhook", alone, base)
        yield _row("crossings, deaf webhook", beside, base)


def _fast(
    stores: dict[str, Store], seconds: float, rounds: int
) -> Iterator[dict[str, Any]]:
    """
    Many connections and one, beside the null responder.
    """
    for connections in (50, 1):
        shape = Shape(connections=connections, seconds=seconds)
        yield from _in_turn(f"{connections} connections", stores, shape, rounds)


def _restarted(
    stores: dict[str, Store], _seconds: float, rounds: int
) -> Iterator[dict[str, Any]]:
    """
    A steady pace, and the daemon is restarted.
    """
    for kind, runs in restart_runs(stores, rounds):
        yield _row(kind, runs, 0)


SCENARIOS = {
    "speed": _fast,
    "filled": _filled,
    "webhook": _told,
    "restart": _restarted,
}


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="Of each run.")
@click.option("--rounds", default=3, show_default=True, help="The median counts.")
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(list(SCENARIOS)),
    multiple=True,
    default=["speed"],
    help="speed: beside the null responder; filled: a million senders, and"
    " cleanup; webhook: a receiver that never answers; restart: 1000 requests/s and"
    " what they notice of it. Several may be named.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(
    *, seconds: float, rounds: int, scenarios: tuple[str, ...], json_file: Path | None
) -> None:
    """
    Measure the daemon. Nothing else should run meanwhile.
    """
    rows: list[dict[str, Any]] = []
    with _stores() as stores:
        for name in scenarios:
            for row in SCENARIOS[name](stores, seconds, rounds):
                rows.append(row)
                _print(row)
    text = json.dumps({"python": platform.python_version(), "rows": rows}, indent=1)
    if json_file is None:
        click.echo(text)
    else:
        json_file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
