"""The rows of the table."""

from __future__ import annotations

import statistics

from collections.abc import Mapping, Sequence
from typing import Any

from bench.scenarios import Measured


_LATE = 1.0
"""Seconds within which a command is to answer."""


def row_of(scenario: str, runs: Sequence[Measured], base: float) -> dict[str, Any]:
    """Return the medians of some runs; the ratio is to a base."""
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


def line_of(row: Mapping[str, Any]) -> str:
    """Return a row as people read it."""
    if "command" in row:
        return _answer(row)
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    return (
        f"{row['scenario']:26} {row['service']:17}"
        f" {row['requests_per_second']:7}/s {ratio:>5}"
        f"  p50 {row['p50_ms']:7.2f}  p99 {row['p99_ms']:7.2f}"
        f"  p99.9 {row['p999_ms']:7.2f}  max {row['max_ms']:6.1f} ms"
        f"  stolen {row['stolen']:.1%}"
        f"  {'exact' if row['exact'] else 'NOT EXACT'} {row['note']}"
    )


def _answer(row: Mapping[str, Any]) -> str:
    late = f"  ABOVE {_LATE:.0f} s" if row["median_seconds"] > _LATE else ""
    fault = "" if row["exact"] else f"  NOT EXACT {row['note']}"
    return (
        f"{row['median_seconds']:6.2f} s  worst {row['worst_seconds']:6.2f}"
        f"  stolen {row['stolen']:5.1%}  {row['service']:8}"
        f" rateguard {row['command']}{late}{fault}"
    )
