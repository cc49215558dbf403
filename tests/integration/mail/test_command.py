"""The command of a mail, run by a shell."""

from __future__ import annotations

import subprocess

import pytest

from rateguard.adapters.notify.mail.text import sender_command


SENDERS = [
    "anna@example.org",
    "o'neil",
    "DOM\\anna",
    "\\'",
    "jörg 邮",
    "%s$HOME`id`",
    '"',
    "-x",
    "--help",
]


@pytest.mark.parametrize("verb", ["show", "suspend", "raise --by N"])
def test_finds_the_sender(verb: str) -> None:
    """The shell hands the name over as it is, whatever the sender is called."""
    script = "rateguard() { printf '%s\\0' \"${@: -1}\"; }\n"
    script += "\n".join(sender_command(verb, each) for each in SENDERS)
    done = subprocess.run(
        ["bash", "-c", script.encode()], capture_output=True, check=True, timeout=30
    )

    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    assert [*SENDERS, ""] == names
