"""
Private servers for the integration tests: what every rig is made of.

A rig is a real program (MariaDB, Postfix, Dovecot) on a free port and in a
folder of its own. It is started and ended by its own process id, so that it
never touches a server that the machine runs for other purposes.
"""

from __future__ import annotations

import os
import secrets
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
    raise RigError("no free TCP port")


def wait_until(
    condition: Callable[[], bool], what: str, *, seconds: float = 20
) -> None:
    """
    Return as soon as ``condition()`` is true, asking every 20 ms.

    Raises:
        RigError: It was not true within ``seconds``; the text names ``what``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RigError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(POLL)


@attrs.define
class Daemon:
    """
    A server program in the foreground of its own session.

    It ends with the test process, however that ends, but its folder then stays
    behind. A watcher sees to it, for the kernel's PR_SET_PDEATHSIG does not
    reach a program that changes its user, as Postfix does.
    """

    name: str
    command: Sequence[str | Path]
    output: Path
    _process: subprocess.Popen[bytes] | None = None
    _watcher: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process exists, stopped by SIGSTOP or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process, which has been started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process; it need not be ready when this returns."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        # The pipe ends when its only writer does: the test process.
        self._watcher = subprocess.Popen(
            ("/bin/sh", "-c", 'read _; kill -KILL "-$0"', str(self._process.pid)),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 15) -> None:
        """
        Return as soon as ``ready()`` is true.

        Raises:
            RigError: The process ended or was not ready within ``seconds``;
                the text has the end of its output.
        """

        def ready_or_ended() -> bool:
            return not self.running or ready()

        with suppress(RigError):
            wait_until(ready_or_ended, self.name, seconds=seconds)
            if self.running:
                return
        last = self.output.read_text(errors="replace")[-4000:]
        state = "is not ready" if self.running else "ended"
        raise RigError(f"{self.name} {state}:\n{last}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process; nothing happens where it has ended."""
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
        group = self._process.pid
        with suppress(subprocess.TimeoutExpired, RigError):
            self._process.wait(seconds)
            # The children got SIGTERM from their master, or notice its end.
            wait_until(lambda: not _lives(group), "its children end", seconds=2)
        self.kill()

    def kill(self) -> None:
        """End the process and all that it started at once, as a crash would."""
        if self._process is None or self._watcher is None:
            return
        group = self._process.pid
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self._process.wait()
        wait_until(lambda: not _lives(group), f"{self.name} is gone")
        self._watcher.kill()
        self._watcher.communicate()
        self._process = self._watcher = None


def _lives(group: int) -> bool:
    # Not os.killpg(group, 0): it also finds the dead that init has yet to reap.
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, found = (
                stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            )
            if int(found) == group and state != "Z":
                return True
    return False
