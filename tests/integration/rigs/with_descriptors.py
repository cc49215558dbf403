"""
Gives descriptors the numbers that they are to have, then becomes a program: as
with systemd, nobody but itself can know the process id for LISTEN_PID.

Run as ``python -I -S with_descriptors.py COUNT DESCRIPTOR... PROGRAM WORD...``.
"""

from __future__ import annotations

import fcntl
import os
import sys


FIRST = 3


def main(count: int, *words: str) -> None:
    """Become the program."""
    given = [int(word) for word in words[:count]]
    end = FIRST + count
    out_of_the_way = [fcntl.fcntl(one, fcntl.F_DUPFD, end) for one in given]
    for number, one in enumerate(out_of_the_way, FIRST):
        os.dup2(one, number, inheritable=True)
    os.closerange(end, max([end, *given, *out_of_the_way]) + 1)
    os.environ["LISTEN_PID"] = os.environ["WATCHDOG_PID"] = str(os.getpid())
    program = words[count:]
    os.execv(program[0], program)  # noqa: S606 - as systemd does


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
