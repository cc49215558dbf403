"""The running daemon keeps to one processor."""

from __future__ import annotations

import os
import time

from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from rateguard.entrypoints.daemon.processor import LinuxScheduler
from tests.integration.rigs.daemon import PrivateDaemon


def processors(daemon: PrivateDaemon) -> set[AbstractSet[int]]:
    """Return where its threads may run; each kind once."""
    assert daemon.process is not None
    tasks = Path(f"/proc/{daemon.process.pid}/task").iterdir()
    return {frozenset(os.sched_getaffinity(int(task.name))) for task in tasks}


@pytest.mark.parametrize(("pinned", "width"), [("true", 1), ("false", None)])
def test_all_threads_are_where_they_should_be(
    tmp_path: Path, pinned: str, width: int | None
) -> None:
    """On one processor, all on the same; without CPU_PINNING wherever we may."""
    with PrivateDaemon(tmp_path, {"CPU_PINNING": pinned}) as daemon:
        with daemon.connect() as client:
            answered = client.ask("anna@example.org")
        where = processors(daemon)

    assert answered == "DUNNO"
    (only,) = where
    assert len(only) == (width or len(os.sched_getaffinity(0)))


def test_the_kernel_tells_how_a_process_fares() -> None:
    """What runs is seen to run, and where."""
    scheduler = LinuxScheduler()
    before = scheduler.strain()
    spent = time.thread_time()
    while time.thread_time() < spent + 0.05:
        pass
    added = scheduler.strain().since(before)

    assert added.ran >= 0.04
    assert added.waited >= 0.0
    assert scheduler.current() in scheduler.allowed()
