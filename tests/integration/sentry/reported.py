"""What became of the program in ``reporting.py``."""

from __future__ import annotations

import json
import subprocess
import sys

from pathlib import Path

import attrs

from tests.integration.rigs.daemon import environment


_PROGRAM = Path(__file__).with_name("reporting.py")


@attrs.frozen
class Done:
    """
    What became of the program.

    Attributes:
        took: Seconds of its parts.
    """

    status: int
    stderr: str
    log: str
    took: dict[str, float]


def run(folder: Path, dsn: str, *words: str, **settings: str) -> Done:
    """Run the program that is reported on."""
    log_file = folder / "rateguard.log"
    ours = {"SENTRY_DSN": dsn, "LOG_FILE": str(log_file), "DB_PASSWORD": "hunter2"}
    done = subprocess.run(
        [sys.executable, str(_PROGRAM), *words],
        cwd=folder,
        env=environment({**ours, **settings}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    took = json.loads(done.stdout)
    return Done(done.returncode, done.stderr, log_file.read_text("utf-8"), took)
