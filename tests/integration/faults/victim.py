"""A daemon to which something happens, and what it is watched for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import attrs

from tests.integration.faults.books import Books
from tests.integration.rigs.daemon import PolicyClient, PrivateDaemon, command, until


DEADLINE = 1.5
SLACK = 0.5
"""Seconds that the test itself may need on a busy machine."""

SENDERS = [f"{number}@example.org" for number in range(10)]
"""So many that every lane has some of them."""

_COMPLAINT = re.compile(r"\S+ rateguard\[\d+\]: ((?:WARNING|ERROR|CRITICAL) .*)")
_DECISION = re.compile(r"\S+ rateguard\[\d+\]: INFO .*, status=ACCEPTED")
_WITHOUT_UVLOOP = (
    "import sys; sys.modules['uvloop'] = None;"
    "from rateguard.entrypoints.container import main; main()"
)


@attrs.define
class Victim(PrivateDaemon):
    """
    A private daemon with a short deadline.

    Attributes:
        counted: Looks into its store.

        plain_asyncio: As on a machine without uvloop.

        wrapper: A command that becomes the daemon.

        stderr_to: Takes its standard error instead of a file.
    """

    counted: Books = attrs.field(kw_only=True)
    plain_asyncio: bool = False
    wrapper: Sequence[str] = ()
    stderr_to: int | None = None

    def launch(self) -> None:
        """Start the process without waiting."""
        words = command("serve")
        if self.plain_asyncio:
            words = [sys.executable, "-c", _WITHOUT_UVLOOP, "serve"]
        with (self.folder / "stderr.txt").open("ab") as stderr:
            self.process = subprocess.Popen(
                [*self.wrapper, *words],
                cwd=self.folder,
                env={**self.env, "REQUEST_DEADLINE": str(DEADLINE)},
                stderr=stderr if self.stderr_to is None else self.stderr_to,
            )

    @property
    def log_file(self) -> Path:
        """Where the settings send the log, if they do."""
        return Path(self.settings.get("LOG_FILE") or self.folder / "rateguard.log")

    @property
    def pid(self) -> int:
        """The process."""
        assert self.process is not None
        return self.process.pid

    def complaints(self) -> list[str]:
        """
        Return what it logged above INFO, and every line that is not one of
        its own, such as those of a traceback.
        """
        found = []
        for line in self.log().splitlines():
            own = _COMPLAINT.fullmatch(line)
            if own is not None:
                found.append(own[1])
            elif "]: INFO " not in line:
                found.append(line)
        return found

    def decisions(self) -> int:
        """Return how many messages it logged as accepted."""
        return sum(bool(_DECISION.match(line)) for line in self.log().splitlines())

    def said(self, *patterns: str, perhaps: str = "(?!)") -> None:
        """
        Assert that it complained of exactly this, in this order, waiting for
        what it still writes; and perhaps of something else.
        """

        def complaints_now() -> list[str]:
            return [each for each in self.complaints() if not re.search(perhaps, each)]

        with suppress(AssertionError):
            until(lambda: len(complaints_now()) >= len(patterns))
        complaints = complaints_now()
        assert len(patterns) == len(complaints), complaints
        for pattern, complaint in zip(patterns, complaints, strict=True):
            assert re.search(pattern, complaint), complaint

    def processor_seconds(self) -> float:
        """Return the processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self) -> float:
        """Return the memory it occupies."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("the daemon is gone")

    def descriptors(self) -> int:
        """Return how many file descriptors it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    def recovers(self) -> None:
        """
        Return once messages are counted again in every lane: by itself, and
        each message passes in time until then.
        """
        before = self.counted()
        missing = set(SENDERS)
        with self.connect() as client:

            def counted_again() -> bool:
                for sender in missing:
                    waited(client, sender)
                missing.difference_update(self.counted() - before)
                return not missing

            until(counted_again)


def waited(client: PolicyClient, sender: str, **attributes: object) -> float:
    """Ask about a message, which has to pass in time; return after how long."""
    began = time.monotonic()
    action = client.ask(sender, **attributes)
    seconds = time.monotonic() - began
    assert action == "DUNNO"
    assert seconds < DEADLINE + SLACK
    return seconds
