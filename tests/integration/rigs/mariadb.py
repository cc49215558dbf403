"""A private MariaDB server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile

from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import attrs
import pymysql

from tests.integration.rigs import Daemon, free_port, wait_until
from tests.integration.rigs.requirements import program, run


if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

LOGIN = "rateguard"
_SECONDS = 10
_INSTALL = ("--auth-root-authentication-method=normal", "--skip-test-db")


@attrs.define
class PrivateMariaDb:
    """
    A MariaDB server in a temporary folder: a context manager.

    The login has every right through ``host:port`` and through ``socket``. Port,
    socket and data outlive `stop`. By default a commit is on the disk.
    """

    host: str = "127.0.0.1"
    user: str = LOGIN
    password: str = "open sesame"
    port: int = attrs.field(factory=free_port)
    folder: Path = attrs.field(
        init=False, factory=lambda: Path(tempfile.mkdtemp(prefix="mariadb-"))
    )
    _server: Daemon = attrs.field(init=False)

    @_server.default
    def _command(self) -> Daemon:
        command = (
            program("mariadbd"),
            *self._common(),
            f"--socket={self.socket}",
            f"--port={self.port}",
            f"--bind-address={self.host}",
            f"--pid-file={self.folder}/pid",
            "--max-connections=500",
            "--skip-name-resolve",
        )
        return Daemon("mariadbd", command, self.folder / "log")

    def __enter__(self) -> Self:
        """Install, start and make the login."""
        try:
            run((program("mariadb-install-db"), *self._common(), *_INSTALL))
            self.start()
            # The installed ''@localhost would beat '%'.
            for host in ("%", "localhost"):
                account = f"'{self.user}'@'{host}'"
                self.execute(f"CREATE USER {account} IDENTIFIED BY '{self.password}'")
                self.execute(f"GRANT ALL ON *.* TO {account}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and delete the folder."""
        self._server.stop()
        shutil.rmtree(self.folder)

    @property
    def pid(self) -> int:
        """The server's process, while it runs."""
        return self._server.pid

    @property
    def socket(self) -> Path:
        """The UNIX socket."""
        return self.folder / "s.sock"

    def start(self) -> None:
        """Start on the same data and port; return when it answers."""
        self._server.start()
        self._server.wait_until(self._answers)

    def stop(self) -> None:
        """Shut down in order; killed where that takes longer than 20 s."""
        self._server.stop()

    def crash(self) -> None:
        """Kill the process, so that nothing is flushed."""
        self._server.kill()

    def pause(self) -> None:
        """Stop answering, but close nothing and let the kernel take connections."""
        self._server.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._server.signal(signal.SIGCONT)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """`pause` for the length of a ``with`` block."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    def execute(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Run one statement as root, autocommitted, and return its rows."""
        # PyMySQL 1.2.4 leaks a UNIX socket that is refused, so this one is ours.
        with (
            closing(socket.socket(socket.AF_UNIX)) as link,
            pymysql.connect(
                user="root",
                charset="utf8mb4",
                autocommit=True,
                read_timeout=_SECONDS,
                write_timeout=_SECONDS,
                defer_connect=True,
            ) as connection,
        ):
            link.connect(str(self.socket))
            connection.connect(link)
            with connection.cursor() as cursor:
                cursor.execute(sql, arguments or None)
                return list(cursor.fetchall())

    def create_database(self) -> str:
        """Make an empty utf8mb4 database and return its name, never used before."""
        name = f"test_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def drop_database(self, name: str) -> None:
        """Delete a database, if there is one of that name."""
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def connections(self, user: str = LOGIN) -> set[int]:
        """Return the ids of the connections that a user has open."""
        sql = "SELECT id FROM information_schema.processlist WHERE user = %s"
        return {number for (number,) in self.execute(sql, user)}

    def kill_connections(self, user: str = LOGIN) -> int:
        """Kill every connection of a user; return how many when they are gone."""
        for number in (doomed := self.connections(user)):
            with suppress(pymysql.err.OperationalError):  # ended by itself just now
                self.execute("KILL %s", number)
        wait_until(lambda: not doomed & self.connections(user), "they are gone")
        return len(doomed)

    def _answers(self) -> bool:
        with suppress(OSError, pymysql.err.OperationalError):
            return bool(self.execute("SELECT 1"))
        return False

    def _common(self) -> tuple[str, ...]:
        # mariadbd refuses to run as root unless told to; others need no --user.
        user = ("--user=root",) if os.geteuid() == 0 else ()
        # A server that starts clears temporary tables away, also those of others
        # where the folder is shared.
        return (
            "--no-defaults",
            f"--datadir={self.folder}/data",
            f"--tmpdir={self.folder}",
            *user,
        )
