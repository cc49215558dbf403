"""How long an operator waits for an answer, and what it costs."""

from __future__ import annotations

import contextlib
import functools
import itertools
import resource
import statistics
import string
import subprocess
import tempfile
import time

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from bench.crowd import Crowd
from bench.host import undisturbed
from bench.scenarios import fill
from bench.services import Program, Service, Store, rateguard
from tests.integration.rigs.daemon import command, environment


# What is typed on an ordinary day; every one has something to show.
_LINES = """
status
sender list
sender list --sort share
sender list --over-quota
sender list --containing customer1
sender top
sender show $busy
messages
messages --sender $busy
messages --client $address
messages --queue-id $queue_id
history
check-config
sender set --quota 3000 $busy
sender reset $busy
"""

_TIMEOUT = 20.0

_MOST_STOLEN = 0.05
"""A tick of the kernel's clock is more than a hundredth of a short run."""

_ATTEMPTS = 2


@attrs.frozen
class Run:
    """
    One command, started anew.

    Attributes:
        cpu_ms: Processor time, its own and the kernel's for it.

        exact: Whether it ended well and showed something.

        note: What it said instead.

        stolen: Share of the processors that the host gave to others.
    """

    seconds: float
    cpu_ms: float
    note: str = ""
    stolen: float = 0.0

    @property
    def exact(self) -> bool:
        return not self.note


def measure_commands(
    stores: Mapping[str, Store],
    programs: Sequence[Program],
    crowd: Crowd,
    *,
    rounds: int,
) -> Iterator[dict[str, Any]]:
    """
    Make a crowd in a store of each program, and run every command over each in
    turn, the programs side by side. Yield a row for each.
    """
    runs: dict[tuple[str, str, str], list[Run]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # None of the machine's settings are read.
        (folder / ".env").touch()
        services = {
            name: [
                (program, stack.enter_context(_guarded(program, store, crowd)))
                for program in programs
            ]
            for name, store in stores.items()
        }
        for number in range(rounds):
            for name, sides in services.items():
                for line, (program, service) in itertools.product(
                    _LINES.strip().splitlines(), sides[:: -1 if number % 2 else 1]
                ):
                    words = _typed(line, service, crowd)
                    once = functools.partial(_once, program, service, words, folder)
                    run = undisturbed(once, most=_MOST_STOLEN, attempts=_ATTEMPTS)
                    runs.setdefault((line, name, program.name), []).append(run)
    for (line, name, program_name), of_line in runs.items():
        yield {
            "scenario": "commands",
            "service": name,
            "program": program_name,
            "command": line,
            "seconds": statistics.median(run.seconds for run in of_line),
            "worst_seconds": max(run.seconds for run in of_line),
            "cpu_ms": statistics.median(run.cpu_ms for run in of_line),
            "stolen": max(run.stolen for run in of_line),
            "exact": all(run.exact for run in of_line),
            "note": next((run.note for run in of_line if run.note), ""),
        }


@contextlib.contextmanager
def _guarded(program: Program, store: Store, crowd: Crowd) -> Iterator[Service]:
    """Yield an idle daemon: ``status`` asks it."""
    with store() as database:
        fill(program, database, crowd)
        with rateguard(program, database) as service:
            yield service


def _typed(line: str, service: Service, crowd: Crowd) -> list[str]:
    """Return the words of a command, about somebody who is there."""
    queue_id, address = service.database.query(
        "SELECT msgid, client_address FROM messages"
        f" WHERE id = {crowd.message_of_busiest(0.975)}"
    )
    names = {"busy": crowd.busiest, "queue_id": queue_id, "address": address}
    return string.Template(line).substitute(names).split()


def _once(program: Program, service: Service, words: list[str], folder: Path) -> Run:
    socket = service.daemon.addresses[0]
    settings = {**service.database.settings, **program.variables, "SOCKET": socket}
    variables = environment(settings)
    # An installed program is compiled once.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = _children_seconds(), time.perf_counter()
    try:
        done = subprocess.run(
            command(*words),
            cwd=folder,
            env=variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return Run(_TIMEOUT, 0, "no answer")
    seconds = time.perf_counter() - began
    return Run(seconds, (_children_seconds() - before) * 1000, _fault(done))


def _children_seconds() -> float:
    """Return the processor time of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _fault(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        return f"exit {done.returncode}: {last}"
    return "" if done.stdout.strip() else "showed nothing"
