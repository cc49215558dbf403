"""``rateguard ask``: what Postfix does, by hand."""

from __future__ import annotations

import socket
import threading

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from click.testing import CliRunner

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session
from tests.integration.daemons import REFUSED, lines, used
from tests.integration.operating.operators import run_here
from tests.integration.rigs import free_port
from tests.integration.rigs.daemon import PrivateDaemon, until


SENDER = "a@example.org"
TCP, UNIX = range(2)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[PrivateDaemon]:
    where = f"127.0.0.1,0 {tmp_path}/policy"
    with PrivateDaemon(tmp_path, {"SOCKET": where, "QUOTA": "3"}) as daemon:
        yield daemon


def _ask(daemon: PrivateDaemon, *words: str) -> CompletedProcess[str]:
    return run_here(daemon, "ask", "--sender", SENDER, *words)


@contextmanager
def _stranger(answer: bytes) -> Iterator[str]:
    """Something else that listens: it reads a request and says *answer*."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"127.0.0.1,{server.getsockname()[1]}"
        serving.join()


def test_prints_the_action(daemon: PrivateDaemon) -> None:
    """
    The message is counted like a real one, and the daemon's action printed;
    that the sender is refused is no failure of the command.
    """
    where = ["--socket", daemon.addresses[TCP]]
    first = daemon.run("ask", "--sender", SENDER, *where, "--recipients", "3")
    assert (first.returncode, first.stdout, first.stderr) == (0, "DUNNO\n", "")
    assert used(daemon, SENDER) == (1, 3)
    second = _ask(daemon, *where)
    assert (second.returncode, second.stdout) == (0, f"{REFUSED}\n")
    assert used(daemon, SENDER) == (2, 4)


def test_asks_where_the_settings_say(daemon: PrivateDaemon) -> None:
    """
    Without --socket the first address in SOCKET is asked; --socket takes
    whatever SOCKET takes.
    """
    tcp, unix = daemon.addresses
    daemon.settings["SOCKET"] = f"{unix} {tcp}"
    for words in ([], ["--socket", unix], ["--socket", tcp]):
        assert _ask(daemon, *words).stdout == "DUNNO\n"

    assert used(daemon, SENDER) == (3, 3)


def test_at_another_stage(daemon: PrivateDaemon) -> None:
    """With --state the question is asked at another stage: RCPT is not counted."""
    done = _ask(daemon, "--socket", daemon.addresses[UNIX], "--state", "RCPT")
    assert (done.returncode, done.stdout) == (0, "DUNNO\n")
    until(lambda: lines(daemon, "WARNING", "'RCPT'"))
    assert used(daemon, SENDER) == (0, 0)


class TestFailures:
    @pytest.mark.parametrize("unix", [False, True])
    def test_nobody_listens(self, tmp_path: Path, unix: bool) -> None:
        """Where nobody answers, the command says so in one line and exits 1."""
        where = f"{tmp_path}/policy" if unix else f"127.0.0.1,{free_port()}"
        done = _ask(PrivateDaemon(tmp_path, {"SOCKET": where}))
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"rateguard: no answer from {where}: ")
        assert line.endswith("is rateguard serve running?")

    @pytest.mark.parametrize(
        ("answer", "why"), [(b"", "hung up"), (b"220 mail ESMTP\n\n", "no action=")]
    )
    def test_somebody_else_listens(
        self, tmp_path: Path, answer: bytes, why: str
    ) -> None:
        """What is no answer of a policy service is told in one line; exit 1."""
        with _stranger(answer) as where:
            done = _ask(PrivateDaemon(tmp_path), "--socket", where)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("rateguard: ")
        assert why in line

    @pytest.mark.parametrize(
        "words",
        [
            ["--sender", "a@example.org\nrecipient_count=0"],
            ["--sender", SENDER, "--state", "DATA\n\nsasl_username=b"],
            ["--sender", SENDER, "--socket", "10033"],
            ["--sender", SENDER, "--recipients", "many"],
        ],
    )
    def test_wrong_words(self, words: list[str]) -> None:
        """
        A line break would end the attribute: it is refused like any other
        wrong command line, with exit 2, before anybody is asked.
        """
        done = CliRunner().invoke(
            main, ["ask", "--socket", "127.0.0.1,1", *words], obj=session()
        )
        assert done.exit_code == 2
        assert "Usage: " in done.output
