"""
Draws docs/pictures/status.svg: what ``rateguard status`` prints over a day of mail
that is made up. Run it in an environment with RateGuard:

    python docs/status_picture.py

It starts a daemon in a temporary folder, on a socket there, and ends it. Of what is
printed, only that folder is replaced, by where a package has its files. The day ends
now, so its hours differ from run to run.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import io
import os
import pty
import random
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import attrs

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

import rateguard


PICTURE = Path(__file__).parent / "pictures" / "status.svg"
COLUMNS, LINES = 80, 24

PLACES = {
    "policy": "/run/rateguard/policy",
    "rateguard.db": "/var/lib/rateguard/rateguard.db",
}
"""Where a package would have the files of the temporary folder."""

SENDERS = {
    # Share of the mail, recipients of a message, quota, client.
    "newsletter@example.com": (3, 6, 2000, "app.example.com", "198.51.100.20"),
    "jane@example.com": (5, 2, 5000, "laptop.example.com", "192.0.2.7"),
    "bob@example.com": (2, 1, 1000, "unknown", "203.0.113.9"),
    "office@example.net": (3, 1, 1000, "gw.example.net", "198.51.100.77"),
}
PACE = (
    *(2, 1, 1, 1, 2, 3, 6, 14, 30, 42, 46, 44),
    *(30, 36, 45, 44, 40, 28, 16, 10, 8, 6, 4, 3),
)
"""How much is sent in each hour of a day."""


@attrs.frozen
class Demo:
    """A daemon with a day of mail behind it, and the commands that belong to it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of our own environment but what Python needs."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(rateguard.__file__).parents[1]),
            "SUDO_USER": "mia",
            "DB_DATABASE": str(self.folder / "rateguard.db"),
            "LOG_FILE": str(self.folder / "rateguard.log"),
            "SOCKET": str(self.folder / "policy"),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "TZ": "UTC",
        }

    def command(self, *words: str) -> list[str]:
        """Return a command line of ours."""
        return [sys.executable, "-m", "rateguard", *words]

    def run(self, *words: str) -> str:
        """Return what a command prints where nobody looks."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
        )
        return self.elsewhere(done.stdout + done.stderr)

    def shown(self, *words: str) -> str:
        """Return what a command prints to a terminal, with its colours."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(
            theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        )
        process = subprocess.Popen(
            self.command(*words), cwd=self.folder, env=self.environment, stdout=theirs
        )
        os.close(theirs)
        printed = b""
        # Linux says EIO, not the end, when nobody has the other side any more.
        while True:
            try:
                printed += (more := os.read(ours, 65536))
            except OSError:
                break
            if not more:
                break
        process.wait()
        os.close(ours)
        return self.elsewhere(printed.decode().replace("\r\n", "\n"))

    def elsewhere(self, text: str) -> str:
        """Return a text with the places of a package."""
        for name, place in PLACES.items():
            text = text.replace(str(self.folder / name), place)
        return text


@contextmanager
def demo() -> Iterator[Demo]:
    """Yield it; end it."""
    with tempfile.TemporaryDirectory() as folder:
        found = Demo(Path(folder))
        found.run("migrate")
        with closing(sqlite3.connect(found.folder / "rateguard.db")) as database:
            fill(database, dt.datetime.now(dt.UTC))
            database.commit()
        daemon = subprocess.Popen(
            found.command("serve"), cwd=folder, env=found.environment
        )
        try:
            while not (found.folder / "policy").exists() and daemon.poll() is None:
                time.sleep(0.05)
            yield found
        finally:
            daemon.terminate()
            daemon.wait()


def fill(database: sqlite3.Connection, now: dt.datetime) -> None:
    """Write the messages of the last 24 hours, and the counters since midnight."""
    chance = random.Random(7)  # noqa: S311 - the same day each time
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    database.execute(
        "INSERT INTO rateguard_resets (started_at, finished_at) VALUES (?, ?)",
        [_text(midnight + dt.timedelta(seconds=each)) for each in (10, 12)],
    )
    counters = {name: [0, 0] for name in SENDERS}
    for sender, (_, _, quota, _, _) in SENDERS.items():
        database.execute(
            "INSERT INTO ratelimits"
            " (sender, quota, quota_reset, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (sender, quota, quota, "2026-03-02 09:12:44", _text(now)),
        )
    hour = now.replace(minute=0, second=0, microsecond=0)
    for begin in (hour - dt.timedelta(hours=back) for back in range(23, -1, -1)):
        for at, sender in _mails(begin, chance):
            if at > now:
                continue
            _, most, quota, name, address = SENDERS[sender]
            recipients = chance.randint(1, most)
            counter = counters[sender]
            if at >= midnight:
                counter[0] += 1
                counter[1] += recipients
            database.execute(
                "INSERT INTO messages"
                " (ratelimit_id, msgid, sender, rcpt_count, blocked, from_addr,"
                " to_addr, client_address, client_name, created_at)"
                " SELECT id, ?, sender, ?, ?, sender, '', ?, ?, ? FROM ratelimits"
                " WHERE sender = ?",
                (
                    f"4cK{chance.randrange(16**4):04X}",
                    recipients,
                    counter[1] > quota,
                    *(address, name, _text(at), sender),
                ),
            )
    for sender, (messages, recipients) in counters.items():
        database.execute(
            "UPDATE ratelimits SET msg_counter = ?, rcpt_counter = ?,"
            " msg_total = ?, rcpt_total = ? WHERE sender = ?",
            (messages, recipients, 31 * messages, 31 * recipients, sender),
        )


def _mails(
    begin: dt.datetime, chance: random.Random
) -> Iterator[tuple[dt.datetime, str]]:
    """Yield when somebody sends in an hour, in the order of time."""
    found = [
        (begin + dt.timedelta(seconds=chance.randrange(3600)), sender)
        for sender, (share, *_) in SENDERS.items()
        for _ in range(share * PACE[begin.hour])
    ]
    yield from sorted(found)


def _text(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def picture(printed: str) -> str:
    """Return an SVG of a terminal with that text, which loads nothing."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(f"$ rateguard status\n{printed}"), soft_wrap=True)
    own = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    own = own.replace("Fira Code, monospace", "ui-monospace, monospace")
    return console.export_svg(
        title="rateguard status", theme=MONOKAI, code_format=own, unique_id="status"
    )


if __name__ == "__main__":
    with demo() as running:
        svg = picture(running.shown("status"))
    PICTURE.write_text(svg, "utf-8")
