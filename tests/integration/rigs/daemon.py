"""A private daemon: the real ``rateguard serve`` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import attrs

from rateguard.adapters.postfix.codec import decode_reply, encode_request
from tests.integration.rigs.ready import ready_file


# No slow machine needs so long; nobody waits for it where all is well.
START_SECONDS = 30.0
REPLY_SECONDS = 30.0

# The benchmark also starts older revisions, which say "store".
_STARTED = re.compile(r"rateguard \S+ listening on (.*?), (?:database|store) ")
_POLL = 0.02
_ELSEWHERE = ("DB_DRIVER", "DB_HOST", "STATE_DIRECTORY")
_OURS = (
    *("DB_", "SOCKET", "LOG_", "SYSLOG", "QUOTA", "ACTION_", "REQUEST_", "MESSAGE_"),
    *("SENTRY_", "WEBHOOK_", "MAIL_", "WARN_AT", "METRICS_", "STATE_DIRECTORY"),
    *("NOTIFY_SOCKET", "LISTEN_", "WATCHDOG_"),
)


def command(*words: str) -> list[str]:
    """Return the command line of a ``rateguard`` command."""
    return [sys.executable, "-m", "rateguard", *words]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """
    Return this process's environment with nothing but these settings; it has no size:
    whoever runs tests side by side sets one.
    """
    ours = (*_OURS, "COLUMNS", "LINES")
    rest = {
        name: text for name, text in os.environ.items() if not name.startswith(ours)
    }
    return {**rest, **settings}


def until(condition: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Return once *condition* holds; fail after *seconds*."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come true in time"
        time.sleep(_POLL)


@attrs.define
class PrivateDaemon:
    """
    ``rateguard serve`` in *folder*, its log in ``rateguard.log`` there.

    Attributes:
        settings:
            On top of a free port of 127.0.0.1, SQLite, that log, and a deadline
            that no slow machine reaches.

        program: The command line of ``rateguard``.

        first:
            It finds no database and makes it itself. Others find one that is
            ready when they are entered.
    """

    folder: Path
    settings: dict[str, str] = attrs.Factory(dict)
    program: list[str] = attrs.Factory(command)
    first: bool = attrs.field(default=False, kw_only=True)
    process: subprocess.Popen[bytes] | None = None
    addresses: list[str] = attrs.Factory(list)

    def __enter__(self) -> Self:
        if not self.first:
            self._make_ready()
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def env(self) -> dict[str, str]:
        """The daemon's environment, for commands that belong to it."""
        defaults = {
            "SOCKET": "127.0.0.1,0",
            "LOG_FILE": str(self.log_file),
            "REQUEST_DEADLINE": "60",
        }
        return environment({**defaults, **self.settings})

    @property
    def log_file(self) -> Path:
        """Where its log is."""
        return self.folder / "rateguard.log"

    def log(self) -> str:
        """Return the log so far."""
        try:
            return self.log_file.read_text("utf-8")
        except FileNotFoundError:
            return ""

    def _make_ready(self) -> None:
        """Make its database file, where it is to have one and has none."""
        file = self.folder / self.settings.get("DB_DATABASE", "rateguard.db")
        if not any(name in self.settings for name in _ELSEWHERE) and not file.exists():
            with suppress(FileNotFoundError):
                ready_file(file)

    def launch(self) -> None:
        """Start the process without waiting."""
        with (self.folder / "stderr.txt").open("ab") as stderr:
            self.process = subprocess.Popen(
                [*self.program, "serve"], cwd=self.folder, env=self.env, stderr=stderr
            )

    def start(self) -> None:
        """Start and wait until it listens."""
        seen = len(_STARTED.findall(self.log()))
        self.launch()

        def listening() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.stderr()
            return len(_STARTED.findall(self.log())) > seen

        until(listening)
        self.addresses = _STARTED.findall(self.log())[-1].split(" ")

    def stderr(self) -> str:
        """Return what went to standard error."""
        return (self.folder / "stderr.txt").read_text("utf-8")

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; return its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def wait(self) -> int:
        """Return its exit status once it has ended by itself."""
        assert self.process is not None
        return self.process.wait(START_SECONDS)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another ``rateguard`` command with the same settings."""
        return subprocess.run(
            [*self.program, *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @contextmanager
    def connect(self, number: int = 0) -> Iterator[PolicyClient]:
        """Yield a connection to the address of that number."""
        with _connected(self.addresses[number]) as connection:
            yield PolicyClient(connection)

    def ask(self, sender: str, /, **attributes: object) -> str:
        """Ask about one message on a connection of its own; return the action."""
        with self.connect() as client:
            return client.ask(sender, **attributes)


@attrs.define
class PolicyClient:
    """A mail server's side of one connection."""

    socket: socket.socket

    def ask(self, sender: str, /, **attributes: object) -> str:
        """Ask about one message at DATA; return the action."""
        self.send(request(sender, **attributes))
        return self.reply()

    def send(self, data: bytes) -> None:
        """Send raw bytes."""
        self.socket.sendall(data)

    def reply(self) -> str:
        """
        Return the action of the next reply. Byte by byte, so that what
        follows stays where it is.
        """
        received = b""
        while (action := decode_reply(received)) is None:
            byte = self.socket.recv(1)
            if not byte:
                raise EOFError("the daemon hung up")
            received += byte
        return action

    def closed(self) -> bool:
        """Whether the daemon hangs up without another byte."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def _connected(where: str) -> socket.socket:
    if not where.startswith("/"):
        host, _, port = where.rpartition(",")
        return socket.create_connection((host.strip("[]"), int(port)), REPLY_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(REPLY_SECONDS)
    try:
        connection.connect(where)
    except OSError:
        connection.close()
        raise
    return connection


def request(sender: str, /, **attributes: object) -> bytes:
    """Return a request at DATA; further attributes as given."""
    every = {
        "request": "smtpd_access_policy",
        "protocol_state": "DATA",
        "sasl_method": "PLAIN",
        "sasl_username": sender,
        "recipient_count": 1,
        **attributes,
    }
    return encode_request({name: str(value) for name, value in every.items()})
