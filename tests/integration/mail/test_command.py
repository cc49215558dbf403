"""The command of a mail, run by a shell."""

from __future__ import annotations

import subprocess

from rateguard.adapters.notify.mail.text import raise_quota


SENDERS = [
    "anna@example.org",
    "o'neil",
    "DOM\\anna",
    "a\nb\x1b[0m",
    "\\'",
    "jörg 邮",
    "%s$HOME`id`",
    '"',
    "-x",
    "--help",
    "caf\udce9",
]


def test_finds_the_sender() -> None:
    """The shell hands the name over as it is, whatever the sender is called."""
    script = "rateguard() { printf '%s\\0' \"${@: -1}\"; }\n"
    script += "\n".join(map(raise_quota, SENDERS))
    done = subprocess.run(
        ["bash", "-c", script.encode()], capture_output=True, check=True, timeout=30
    )

    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    assert [*SENDERS, ""] == names
