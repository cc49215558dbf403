"""Where the running daemon logs to."""

from __future__ import annotations

import signal
import socket
import sys

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import a_sender, lines, listens
from tests.integration.rigs.daemon import PrivateDaemon, until


MAIL_INFO, MAIL_WARNING = "<22>", "<20>"

_OTHER_SYSLOG = """
import sys
from rateguard.entrypoints.log import config
config.SYSLOG_SOCKET = sys.argv.pop(1)
from rateguard.entrypoints.container import main
main()
"""
"""The daemon's program, with syslog in another place than /dev/log."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[PrivateDaemon]:
    with PrivateDaemon(tmp_path) as daemon:
        yield daemon


def _open_files(daemon: PrivateDaemon) -> set[str]:
    assert daemon.process is not None
    folder = Path(f"/proc/{daemon.process.pid}/fd")
    found = set()
    for entry in folder.iterdir():
        try:
            found.add(str(entry.readlink()))
        except FileNotFoundError:
            continue
    return found


class TestLogFile:
    def test_a_rename_is_followed(self, daemon: PrivateDaemon) -> None:
        """
        Renamed, as logrotate does without a word to anybody, the file gets no
        more lines: the next one begins a new file.
        """
        senders = [a_sender(), a_sender()]
        for number, sender in enumerate(senders):
            daemon.ask(sender)
            until(lambda sender=sender: lines(daemon, sender))  # type: ignore[misc]
            if number == 0:
                daemon.log_file.rename(daemon.folder / "rateguard.log.1")

        old = (daemon.folder / "rateguard.log.1").read_text("utf-8")
        assert [sender in old for sender in senders] == [True, False]
        assert [sender in daemon.log() for sender in senders] == [False, True]

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc")
    def test_hangup_lets_go_of_the_file(self, daemon: PrivateDaemon) -> None:
        """
        After SIGHUP a renamed file is no longer held open, although nothing
        was logged since, and the daemon goes on.
        """
        old = daemon.folder / "rateguard.log.1"
        daemon.log_file.rename(old)
        assert str(old) in _open_files(daemon)
        daemon.send_signal(signal.SIGHUP)
        until(lambda: str(old) not in _open_files(daemon))
        sender = a_sender()
        assert daemon.ask(sender) == "DUNNO"
        until(lambda: lines(daemon, sender))

    @pytest.mark.parametrize(
        ("name", "why"), [("no/such/folder", "No such file"), ("", "Is a directory")]
    )
    def test_one_that_cannot_be_written(
        self, tmp_path: Path, name: str, why: str
    ) -> None:
        """
        A LOG_FILE that cannot be written is an error of one line, and nothing
        is started.
        """
        path = tmp_path / name
        ended = PrivateDaemon(tmp_path, {"LOG_FILE": str(path)}).run("serve")

        assert ended.returncode == 1
        (line,) = ended.stderr.splitlines()
        assert line.startswith(f"rateguard: LOG_FILE: {path}: {why}")
        assert list(tmp_path.iterdir()) == []


class TestLines:
    def test_may_begin_with_their_origin(self, tmp_path: Path) -> None:
        """
        LOG_MSG_PREFIX puts the function in front of each message, decisions
        included.
        """
        with PrivateDaemon(tmp_path, {"LOG_MSG_PREFIX": "yes"}) as daemon:
            daemon.ask("a@example.org", queue_id="4XyZ")
            until(lambda: lines(daemon, "status="))

        assert lines(daemon, "INFO application._guard() - rateguard ", "listening")
        assert lines(daemon, "INFO logline.decision_line() - 4XyZ: client=")

    def test_below_log_level_are_left_out(self, tmp_path: Path) -> None:
        """LOG_LEVEL=WARNING keeps what was blocked and leaves out the rest."""
        daemon = PrivateDaemon(tmp_path, {"LOG_LEVEL": "WARNING", "QUOTA": "1"})
        daemon.settings["SOCKET"] = f"{tmp_path}/policy"
        daemon.addresses = [f"{tmp_path}/policy"]
        daemon.launch()
        try:
            until(lambda: listens(daemon))
            with daemon.connect() as client:
                for _ in range(2):
                    client.ask("a@example.org")
            until(lambda: lines(daemon, "QUOTA_LIMIT_REACHED"))
        finally:
            daemon.stop()
        assert len(daemon.log().splitlines()) == 1

    def test_go_to_standard_error_too(self, tmp_path: Path) -> None:
        """LOG_CONSOLE logs to standard error beside the file."""
        with PrivateDaemon(tmp_path, {"LOG_CONSOLE": "on"}) as daemon:
            daemon.ask("a@example.org")
        assert "status=ACCEPTED" in daemon.stderr() == daemon.log()


class TestSyslog:
    @pytest.fixture
    def daemon(self, tmp_path: Path) -> PrivateDaemon:
        """Logs to ``syslog`` in its folder."""
        program = [sys.executable, "-c", _OTHER_SYSLOG, str(tmp_path / "syslog")]
        settings = {"SYSLOG": "true", "QUOTA": "1"}
        return PrivateDaemon(tmp_path, settings, program=program)

    @pytest.fixture
    def syslog(self, tmp_path: Path) -> Iterator[socket.socket]:
        """Receives what is logged there."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.bind(str(tmp_path / "syslog"))
            receiver.settimeout(10)
            yield receiver

    def test_gets_a_datagram_a_line(
        self, daemon: PrivateDaemon, syslog: socket.socket
    ) -> None:
        """
        SYSLOG sends each line to the local syslog: facility mail, the
        severity of the line, and no time of our own.
        """
        with daemon:
            assert daemon.process is not None
            tag = f"rateguard[{daemon.process.pid}]: "
            with daemon.connect() as client:
                for number in range(2):
                    client.ask("a@example.org", queue_id=f"4XyZ{number}")
            while not (first := _line(syslog)).startswith(f"{MAIL_INFO}{tag}4XyZ0: "):
                assert first.startswith(f"{MAIL_INFO}{tag}")
            assert first.endswith("status=ACCEPTED")
            second = _line(syslog)
            assert second.startswith(f"{MAIL_WARNING}{tag}4XyZ1: client=")
            assert second.endswith("status=BLOCKED (QUOTA_LIMIT_REACHED)")

    def test_may_be_away(
        self, daemon: PrivateDaemon, request: pytest.FixtureRequest
    ) -> None:
        """
        Without a syslog the daemon starts and serves; standard error hears of
        it once. When there is one, lines go there.
        """
        with daemon:
            assert daemon.ask("a@example.org") == "DUNNO"
            until(lambda: "cannot write the log" in daemon.stderr())
            syslog = request.getfixturevalue("syslog")
            daemon.ask("a@example.org")
            while "status=BLOCKED" not in _line(syslog):
                pass

        assert len(daemon.stderr().splitlines()) == 1


def _line(syslog: socket.socket) -> str:
    return syslog.recv(65536).decode("utf-8")
