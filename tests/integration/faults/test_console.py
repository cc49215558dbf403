"""A console that nobody reads, or that is not there."""

from __future__ import annotations

import fcntl
import os

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.faults.victim import SENDERS, Victim, waited
from tests.integration.rigs.daemon import until


SMALLEST_PIPE = 4096
WITHOUT_STREAMS = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")


@pytest.fixture
def on_console(victim: Victim) -> Victim:
    """A daemon that logs to standard error only."""
    victim.settings |= {"LOG_FILE": "", "SOCKET": str(victim.folder / "socket")}
    return victim


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The ends of a pipe that is soon full; both are closed in the end."""
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    yield ends
    for end in ends:
        os.close(end)


def start(victim: Victim) -> None:
    """Start what says nowhere that it listens."""
    path = Path(victim.settings["SOCKET"])
    victim.launch()
    until(path.is_socket)
    victim.addresses = [str(path)]


def mail_flows(victim: Victim) -> None:
    """Assert that much more is judged and counted than the pipe takes lines."""
    before = victim.counted()
    with victim.connect() as client:
        for sender in SENDERS * 10:
            waited(client, sender)
    assert (victim.counted() - before).total() == len(SENDERS) * 10


class TestConsole:
    def test_that_nobody_reads(self, on_console: Victim, pipe: tuple[int, int]) -> None:
        """
        Lines wait while the pipe is full, messages do not; nor does the end
        of the daemon.
        """
        reading, on_console.stderr_to = pipe
        start(on_console)
        mail_flows(on_console)
        assert len(os.read(reading, SMALLEST_PIPE)) > SMALLEST_PIPE / 2
        mail_flows(on_console)
        assert on_console.stop() == 0

    def test_that_broke(self, on_console: Victim) -> None:
        """Without a reader lines are dropped."""
        reading, on_console.stderr_to = os.pipe()
        try:
            os.close(reading)
            start(on_console)
            mail_flows(on_console)
            assert on_console.stop() == 0
        finally:
            os.close(on_console.stderr_to)

    def test_that_is_closed(self, on_console: Victim) -> None:
        """
        Started without standard streams, nothing that is opened takes their
        numbers: what is meant for the console would be written there.
        """
        on_console.wrapper = WITHOUT_STREAMS
        start(on_console)
        mail_flows(on_console)
        for number in range(3):
            stream = Path(f"/proc/{on_console.pid}/fd/{number}")
            assert str(stream.readlink()) == "/dev/null"
        assert on_console.stop() == 0
