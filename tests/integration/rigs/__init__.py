"""
Private servers for the integration tests: what every rig is made of.

A rig is a real program (MariaDB, Postfix, Dovecot) on a free port and in a
folder of its own. It is started and ended by its own process id, so that it
never touches a server that the machine runs for other purposes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POLL = 0.02
# Below Linux's ephemeral range (32768 to 60999). Inside it, a client that
# retries while nobody listens may be given the very port it calls as its own
# source port, and TCP then connects it to itself.
_PORTS = range(20000, 32000)


class RigError(Exception):
    """A private server did not do what the rig promises."""


def free_port() -> int:
    """
    Return a TCP port of 127.0.0.1 on which nobody listens at this moment.

    The choice does not follow the seed that pytest-randomly sets: two test
    runs with one seed must not want the same port.
    """
    for _ in range(1000):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    msg = "no free TCP port"
    raise RigError(msg)


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 20) -> None:
    """
    Return as soon as ``condition()`` is true, asking every 20 ms.

    Raises:
        RigError: It was not true within ``seconds``; the text names ``what``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            msg = f"waited {seconds:g} s in vain: {what}"
            raise RigError(msg)
        time.sleep(POLL)


def run(command: Sequence[str | Path]) -> str:
    """
    Run a short program to its end and return what it printed.

    Raises:
        RigError: It failed; the text is the program's own.
    """
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    if done.returncode:
        msg = f"{command[0]} exited with {done.returncode}:\n{done.stdout}"
        raise RigError(msg)
    return done.stdout


@attrs.define
class Daemon:
    """
    A server program in the foreground of its own session.

    It ends with the test process, however that ends: the kernel sends it
    ``death_signal`` when its parent dies (``setpriv`` of util-linux; without
    that program there is no such promise). The folder then stays behind.
    """

    name: str
    command: Sequence[str | Path]
    output: Path
    death_signal: str = "TERM"
    _process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """
        Whether the process exists, stopped by SIGSTOP or not.
        """
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """
        Start the process; it need not be ready when this returns.
        """
        setpriv = shutil.which("setpriv")
        bound = [setpriv, "--pdeathsig", self.death_signal, "--"] if setpriv else []
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [*bound, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 30) -> None:
        """
        Return as soon as ``ready()`` is true.

        Raises:
            RigError: The process ended or was not ready within ``seconds``.
        """

        def ready_or_ended() -> bool:
            return ready() or not self.running

        wait_until(ready_or_ended, f"{self.name} is ready", seconds=seconds)
        if not self.running:
            msg = f"{self.name} ended:\n{self.output.read_text(errors='replace')[-4000:]}"
            raise RigError(msg)

    def signal(self, number: signal.Signals) -> None:
        """
        Send a signal to the process; nothing happens where it has ended.
        """
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, *, seconds: float = 20) -> None:
        """
        End the process and all that it started; return when they are gone.

        SIGTERM first; what is left after ``seconds`` is killed.
        """
        if self._process is None:
            return
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """
        End the process and all that it started at once, as a crash would.
        """
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._end_group(self._process.pid)
        self._process = None

    def _end_group(self, group: int) -> None:
        # The children got SIGTERM from their master, or notice that it is
        # gone. Most have ended by now; a child is killed after two seconds.
        with suppress(ProcessLookupError, RigError):
            wait_until(lambda: not _exists(group), f"{self.name}'s children end", seconds=2)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
