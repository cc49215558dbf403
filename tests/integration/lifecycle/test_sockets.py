"""The sockets the daemon makes, and those it leaves alone."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import socket
import stat

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.daemons import used
from tests.integration.rigs.daemon import PrivateDaemon


SENDER = "a@example.org"


def _refusal(folder: Path, where: str, **settings: str) -> str:
    """
    Start a daemon that cannot listen there; return the line that says why. It
    must not have done anything else.
    """
    before = set(folder.iterdir())
    ended = PrivateDaemon(folder, {"SOCKET": where, **settings}).run("serve")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert set(folder.iterdir()) - before == {folder / "rateguard.log"}
    (line,) = ended.stderr.splitlines()
    return line


@contextmanager
def _somebody(path: Path) -> Iterator[socket.socket]:
    """Listen on a UNIX socket; the file stays."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield listening


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestWhatIsThere:
    def test_a_stale_socket_is_replaced(self, tmp_path: Path) -> None:
        """
        A socket that a killed daemon left behind does not keep the next one
        from starting.
        """
        path = tmp_path / "policy"
        daemon = PrivateDaemon(tmp_path, {"SOCKET": str(path)})
        for _ in range(2):
            daemon.start()
            assert daemon.ask(SENDER) == "DUNNO"
            daemon.stop(signal.SIGKILL)
            assert path.is_socket()

        assert used(daemon, SENDER) == (2, 2)

    def test_a_file_is_left_alone(self, tmp_path: Path) -> None:
        """
        A regular file in the place of the socket is somebody's: the daemon
        says so and does not start.
        """
        path = tmp_path / "policy"
        path.write_text("precious", "ascii")

        line = _refusal(tmp_path, str(path))
        assert line == (
            f"rateguard: SOCKET: {path} exists and is not a socket; move it away"
        )
        assert path.read_text("ascii") == "precious"

    def test_a_link_to_a_socket_is_left_alone(self, tmp_path: Path) -> None:
        """Neither is a symbolic link replaced, whatever it points to."""
        real, path = tmp_path / "real", tmp_path / "policy"
        with _somebody(real):
            path.symlink_to(real)

        assert "is not a socket" in _refusal(tmp_path, str(path))
        assert path.readlink() == real

    def test_a_socket_in_use_is_left_alone(self, tmp_path: Path) -> None:
        """Where somebody answers, the daemon does not push in."""
        path = tmp_path / "policy"
        with _somebody(path) as listening:
            inode = path.stat().st_ino
            line = _refusal(tmp_path, str(path))
            assert (
                line
                == f"rateguard: SOCKET: {path}: another process already answers there"
            )
            assert path.stat().st_ino == inode
            listening.accept()[0].close()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))

    def test_a_port_in_use_is_an_error(self, tmp_path: Path) -> None:
        """
        A port that is taken is an error of one line; no other address is
        taken then, no database made.
        """
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = f"127.0.0.1,{taken.getsockname()[1]}"
            line = _refusal(tmp_path, f"{tmp_path}/policy {where}")

        assert line == f"rateguard: SOCKET: {where}: Address already in use"

    def test_a_second_daemon_changes_nothing(self, tmp_path: Path) -> None:
        """A daemon that runs is not disturbed by another with its settings."""
        where = f"{tmp_path}/policy"
        with PrivateDaemon(tmp_path, {"SOCKET": where}) as daemon:
            assert daemon.run("serve").returncode == 1
            assert daemon.ask(SENDER) == "DUNNO"


class TestRights:
    @pytest.mark.parametrize(
        ("settings", "of_socket", "of_folder"),
        [({}, 0o660, 0o770), ({"SOCKET_MODE": "0606"}, 0o606, 0o707)],
    )
    def test_modes(
        self, tmp_path: Path, settings: dict[str, str], of_socket: int, of_folder: int
    ) -> None:
        """
        SOCKET_MODE is the mode of the socket, whatever the umask. Missing
        folders are created with it too, and whoever may use the socket may
        pass through them.
        """
        folder = tmp_path / "run" / "rateguard"
        where = {"SOCKET": f"{folder}/policy", **settings}
        with _umask(0o077), PrivateDaemon(tmp_path, where) as daemon:
            assert _mode(folder / "policy") == of_socket
            assert [_mode(folder), _mode(folder.parent)] == [of_folder, of_folder]
            assert daemon.ask(SENDER) == "DUNNO"

    def test_a_folder_that_is_there_stays_as_it_is(self, tmp_path: Path) -> None:
        """Only a folder that the daemon made is its to change."""
        folder = tmp_path / "run"
        folder.mkdir()
        folder.chmod(0o751)
        where = {"SOCKET": f"{folder}/policy", "SOCKET_MODE": "0600"}
        with PrivateDaemon(tmp_path, where):
            assert _mode(folder / "policy") == 0o600
            assert _mode(folder) == 0o751

    def test_owner_and_group(self, tmp_path: Path) -> None:
        """
        SOCKET_OWNER and SOCKET_GROUP get the socket and a folder that was
        made for it.
        """
        is_root = os.geteuid() == 0
        user = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(user.pw_gid)
        folder = tmp_path / "run"
        settings = {"SOCKET_OWNER": user.pw_name, "SOCKET_GROUP": group.gr_name}
        with PrivateDaemon(tmp_path, {"SOCKET": f"{folder}/policy", **settings}):
            for path in (folder, folder / "policy"):
                found = path.stat()
                assert (found.st_uid, found.st_gid) == (user.pw_uid, group.gr_gid)

    @pytest.mark.parametrize(
        ("setting", "kind"), [("SOCKET_OWNER", "user"), ("SOCKET_GROUP", "group")]
    )
    def test_nobody_of_that_name(self, tmp_path: Path, setting: str, kind: str) -> None:
        """An owner or a group that does not exist is an error of one line."""
        line = _refusal(tmp_path, f"{tmp_path}/policy", **{setting: "no-such"})
        assert line == f"rateguard: {setting}: no {kind} no-such"
