"""A terminal with a command in it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from tests.integration.operating.operators import Operator
from tests.integration.rigs.daemon import command


SECONDS = 30.0

CLEARED = "\x1b[H\x1b[J"
"""What begins a screen that is drawn in place of another."""


@attrs.define
class Terminal:
    """
    A pseudo-terminal of a size.

    Attributes:
        seen: All that was written to it, line feeds as the program wrote them.
    """

    _master: int
    process: subprocess.Popen[bytes]
    seen: str = ""

    def resize(self, columns: int, lines: int) -> None:
        """Become so large, and tell the program."""
        _resize(self._master, columns, lines)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read on until it was written; return it, and forget all up to its end."""
        give_up = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self.seen, re.DOTALL)):
            assert time.monotonic() < give_up, self.seen
            assert self._read(), self.seen
        self.seen = self.seen[found.end() :]
        return found

    def end(self) -> tuple[int, str]:
        """Return the exit status, and what was written until then."""
        while self._read():
            pass
        return self.process.wait(SECONDS), self.seen

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], SECONDS)
        assert ready, self.seen
        try:
            data = os.read(self._master, 65536)
        except OSError:
            # Nobody has the other side any more.
            return False
        self.seen += data.decode().replace("\r\n", "\n")
        return bool(data)


@contextmanager
def terminal(
    operator: Operator, *words: str, columns: int = 80, lines: int = 24
) -> Iterator[Terminal]:
    """Yield a terminal in which an operator has typed a command."""
    master, slave = pty.openpty()
    _resize(master, columns, lines)
    env = {**operator.daemon.env, "TERM": "xterm", "SUDO_USER": "jane", "TZ": "UTC"}
    with subprocess.Popen(
        ["env", "--default-signal=INT", *command(*words)],
        env=env,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        # The terminal of its session, or ^C would reach nobody.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    ) as process:
        os.close(slave)
        try:
            yield Terminal(master, process)
        finally:
            process.kill()
            os.close(master)


def _resize(master: int, columns: int, lines: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
