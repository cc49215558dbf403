"""
Other programs of the machine that know what we want to know.
"""

from __future__ import annotations

import shutil
import subprocess

from collections.abc import Callable, Sequence

import attrs

from rateguard.domain.errors import RateGuardError


SECONDS = 10.0
"""That a program has to its end, where nobody waits for an answer of ours."""

# Debian keeps Postfix in folders that only root has in its PATH.
_ADMIN_PATH = "/usr/sbin:/sbin:/usr/local/sbin"


class CannotLook(RateGuardError):
    """
    What is to be looked at cannot be seen; the text says why. Not a fault.
    """


@attrs.frozen
class Ran:
    """
    How a program ended.
    """

    status: int
    output: str
    complaints: str = ""


Run = Callable[[Sequence[str]], Ran]


def run(command: Sequence[str], *, seconds: float = SECONDS) -> Ran:
    """
    Run a program to its end, *seconds* at most.

    Raises:
        CannotLook: it is not installed, or it hangs.
    """
    name = command[0]
    path = shutil.which(name) or shutil.which(name, path=_ADMIN_PATH)
    if path is None:
        raise CannotLook(f"{name} is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - only commands that are written here
            [path, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise CannotLook(f"{name} did not end within {seconds:.0f} s") from None
    return Ran(done.returncode, done.stdout, done.stderr)
