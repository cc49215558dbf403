"""How long an operator waits for an answer."""

from __future__ import annotations

import contextlib
import functools
import statistics
import subprocess
import sys
import tempfile
import time

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from bench.command_lines import Line, command_lines
from bench.crowd.filling import Crowd, filling
from bench.host import undisturbed
from bench.scenarios import Store
from bench.services import Service, rateguard
from tests.integration.rigs.daemon import command, environment


_PATIENCE = 20.0

_MOST_STOLEN = 0.05
"""A tick of the kernel's clock is more than a hundredth of a short run."""

_ATTEMPTS = 2


@attrs.frozen
class Run:
    """
    One command, started anew.

    Attributes:
        exact: Whether it ended well and showed something, if it has to.

        note: What it said instead.

        stolen: Share of the processors that the host gave to others.
    """

    seconds: float
    exact: bool
    note: str = ""
    stolen: float = 0.0


def measure_commands(
    stores: Mapping[str, Store], crowd: Crowd, *, filled: bool, rounds: int
) -> list[dict[str, Any]]:
    """
    Fill the stores, but not those that have the crowd already, and run every
    command over each in turn. Return a row for each, the slowest first.
    """
    runs: dict[tuple[str, Line], list[Run]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # None of the machine's settings are read.
        (folder / ".env").touch()
        services = {
            name: stack.enter_context(_guarded(name, store, crowd, filled=filled))
            for name, store in stores.items()
        }
        for _ in range(rounds):
            for name, service in services.items():
                for line in command_lines(_names(service, crowd)):
                    once = functools.partial(_once, service, line, folder)
                    run = undisturbed(once, most=_MOST_STOLEN, attempts=_ATTEMPTS)
                    runs.setdefault((name, line), []).append(run)
    rows = [_row(name, line, each) for (name, line), each in runs.items()]
    return sorted(rows, key=lambda row: row["median_seconds"], reverse=True)


@contextlib.contextmanager
def _guarded(
    name: str, store: Store, crowd: Crowd, *, filled: bool
) -> Iterator[Service]:
    """Yield an idle daemon: ``status`` asks it."""
    with store() as database:
        if not filled:
            with rateguard(name, database):
                """The daemon brings the schema up."""
            for piece in filling(database, crowd):
                print(f"{name}: {piece}", file=sys.stderr)
        with rateguard(name, database) as service:
            yield service


def _names(service: Service, crowd: Crowd) -> dict[str, str]:
    """Return what the commands are asked about."""
    recent, old = (
        service.query(
            "SELECT msgid, client_address, client_name FROM messages"
            f" WHERE id = {crowd.message_of_busiest(part)}"
        )
        for part in (0.975, 0.1)
    )
    return {
        "half": str(crowd.senders // 2),
        "deep": str(crowd.senders - 100),
        "busy": crowd.busiest,
        "quiet": crowd.quiet,
        "queue_id": recent[0],
        "old_queue_id": old[0],
        "address": recent[1],
        "name": recent[2].partition(".")[0],
    }


def _once(service: Service, line: Line, folder: Path) -> Run:
    assert service.daemon is not None  # noqa: S101 - for mypy
    socket = service.daemon.addresses[0]
    variables = environment({**service.database, "SOCKET": socket})
    # An installed program is compiled once.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command(*line.words),
            cwd=folder,
            env=variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Run(_PATIENCE, exact=False, note="no answer")
    seconds, note = time.perf_counter() - began, _fault(line, done)
    return Run(seconds, exact=not note, note=note)


def _fault(line: Line, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        return f"exit {done.returncode}: {last}"
    if line.tells and not done.stdout.strip():
        return "showed nothing"
    return ""


def _row(service: str, line: Line, runs: list[Run]) -> dict[str, Any]:
    seconds = [run.seconds for run in runs]
    return {
        "scenario": "commands",
        "service": service,
        "command": str(line),
        "median_seconds": round(statistics.median(seconds), 3),
        "worst_seconds": round(max(seconds), 3),
        "first_seconds": round(seconds[0], 3),
        "stolen": round(max(run.stolen for run in runs), 3),
        "exact": all(run.exact for run in runs),
        "note": next((run.note for run in runs if run.note), ""),
    }
