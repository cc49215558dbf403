"""
Plays systemd's part: holds sockets, starts the daemon with them, hears what it
says and keeps what it gives away.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import attrs

from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.held_sockets import shown


Told = dict[str, str]

_WITH_DESCRIPTORS = Path(__file__).with_name("with_descriptors.py")
_READY_SECONDS, _POLL_SECONDS = 30.0, 0.5
_ALL = b"so far"
_MOST_BYTES, _MOST_DESCRIPTORS = 4096, 16


@attrs.define
class ServiceManager:
    """
    The manager of one service, whose sockets are *held*.

    Attributes:
        held: Listening sockets by their names.

        watchdog: Seconds within which it wants a sign of life.

        abstract: Whether it listens where no file is.

        stores: Whether it keeps what the service gives away.

        kept: That, to be given to the next one.
    """

    daemon: PrivateDaemon
    held: Sequence[tuple[str, socket.socket]] = ()
    watchdog: float | None = None
    abstract: bool = False
    stores: bool = True
    kept: list[tuple[str, int]] = attrs.Factory(list)
    told: queue.SimpleQueue[Told] = attrs.Factory(queue.SimpleQueue)
    _ear: socket.socket = attrs.Factory(
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    )
    _heard_all: threading.Event = attrs.Factory(threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._ear.bind(self._address.replace("@", "\0", 1))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()
        self._ear.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()
        self._ear.close()
        self._let_go("")

    @property
    def _address(self) -> str:
        name = self.daemon.folder / "notify"
        return f"@rateguard-test{name}" if self.abstract else str(name)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The daemon's process."""
        assert self.daemon.process is not None
        return self.daemon.process

    def launch(self) -> None:
        """Start the daemon without waiting."""
        passed = [(name, one.fileno()) for name, one in self.held] + self.kept
        descriptors = [descriptor for _, descriptor in passed]
        self.daemon.addresses = [shown(one) for _, one in self.held]
        variables = {"NOTIFY_SOCKET": self._address}
        if passed:
            variables["LISTEN_FDS"] = str(len(passed))
            variables["LISTEN_FDNAMES"] = ":".join(name for name, _ in passed)
        if self.watchdog is not None:
            variables["WATCHDOG_USEC"] = str(int(self.watchdog * 1_000_000))
        with (self.daemon.folder / "stderr.txt").open("ab") as stderr:
            self.daemon.process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(_WITH_DESCRIPTORS)),
                    str(len(passed)),
                    *map(str, descriptors),
                    *self.daemon.program,
                    "serve",
                ],
                cwd=self.daemon.folder,
                env={**self.daemon.env, **variables},
                stderr=stderr,
                pass_fds=descriptors,
            )

    def start(self) -> None:
        """Start the daemon, and return when it says that it is ready."""
        self.launch()
        give_up = time.monotonic() + _READY_SECONDS
        while True:
            with contextlib.suppress(queue.Empty):
                self.hear(lambda told: told.get("READY") == "1", _POLL_SECONDS)
                return
            assert self.process.poll() is None, self.daemon.stderr()
            assert time.monotonic() < give_up, "it was not ready in time"

    def stop(self) -> int:
        """Stop the daemon; return its exit status."""
        status = self.daemon.stop(signal.SIGTERM)
        # As systemd: what it said is heard before its end is noticed.
        self._heard_all.clear()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(_ALL, self._ear.getsockname())
        assert self._heard_all.wait(_READY_SECONDS)
        return status

    def restart(self) -> None:
        """Do what ``systemctl restart`` does."""
        assert self.stop() == 0
        self.start()

    def hear(
        self, wanted: Callable[[Told], bool], seconds: float = _READY_SECONDS
    ) -> Told:
        """
        Return the next message that is *wanted*, and pass over those before.

        Raises:
            queue.Empty: none came within *seconds*.
        """
        give_up = time.monotonic() + seconds
        while True:
            told = self.told.get(timeout=max(0.0, give_up - time.monotonic()))
            if wanted(told):
                return told

    def hear_no_more(self, wanted: Callable[[Told], bool], seconds: float) -> None:
        """Return once nothing *wanted* has come for so long."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.hear(wanted, seconds)

    def _listen(self) -> None:
        while True:
            message, descriptors, _, _ = socket.recv_fds(
                self._ear, _MOST_BYTES, _MOST_DESCRIPTORS
            )
            if not message:
                return
            if message == _ALL:
                self._heard_all.set()
                continue
            lines = message.decode().splitlines()
            told = dict(line.partition("=")[::2] for line in lines)
            name = told.get("FDNAME", "stored")
            if told.get("FDSTORE") == "1":
                self.kept += [(name, descriptor) for descriptor in descriptors]
                if not self.stores:
                    self._let_go(name)
            elif told.get("FDSTOREREMOVE") == "1":
                self._let_go(name)
            self.told.put(told)

    def _let_go(self, name: str) -> None:
        for kept in list(self.kept):
            if name in {kept[0], ""}:
                self.kept.remove(kept)
                with contextlib.suppress(OSError):
                    os.close(kept[1])
