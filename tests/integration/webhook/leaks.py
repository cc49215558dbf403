"""What this process has open, and what runs on in it."""

from __future__ import annotations

import os
import threading

from contextlib import suppress


def sockets() -> set[str]:
    """Return the sockets that this process has open."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - not a path yet
        with suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/self/fd/{name}"))  # noqa: PTH115
    return {each for each in found if each.startswith("socket:")}


def left_behind() -> list[str]:
    """Return the threads of attempts that still run."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name == "deadline"]
