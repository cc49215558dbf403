"""The machine that is looked at."""

from __future__ import annotations

import os
import pwd
import shlex
import socket

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from rateguard.adapters.systemd.units import Ran, Run, Systemd, run
from rateguard.domain.errors import CannotLook
from rateguard.domain.ports import Database
from rateguard.domain.reports import Seen
from rateguard.entrypoints.cli import listening
from rateguard.entrypoints.cli.doctor.findings import AS_ROOT
from rateguard.entrypoints.cli.doctor.main_cf.postconf import (
    QUERIES,
    MailServer,
    mail_server,
)
from rateguard.entrypoints.cli.session import Tools
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address
from rateguard.entrypoints.settings.environment import ENV_FILES, Loaded


@attrs.frozen
class Postfix:
    """
    The Postfix of this machine.

    Attributes:
        folder: Its configuration's, None for the usual one.

        wanted: Whether to look at it at all.
    """

    folder: Path | None = None
    wanted: bool = True
    run: Run = run
    _seen: list[MailServer | CannotLook] = attrs.field(init=False, factory=list)

    @property
    def options(self) -> tuple[str, ...]:
        """What every command of Postfix needs to find the folder."""
        return () if self.folder is None else ("-c", str(self.folder))

    def server(self) -> MailServer:
        """
        Return its configuration; asked for once.

        Raises:
            CannotLook: there is none that can be read.
        """
        if not self.wanted:
            raise CannotLook("--no-postfix")
        if not self._seen:
            try:
                self._seen.append(self._asked())
            except CannotLook as error:
                # Postfix takes a second to say so.
                self._seen.append(error)
        (seen,) = self._seen
        if isinstance(seen, CannotLook):
            raise seen
        return seen

    def _asked(self) -> MailServer:
        ran = {name: self._postconf(*words) for name, words in QUERIES.items()}
        outputs = {name: each.output for name, each in ran.items()}
        complaints = "".join(each.complaints for each in ran.values())
        return mail_server(**outputs, complaints=complaints)

    def _postconf(self, *words: str) -> Ran:
        ran = self.run(["postconf", *self.options, *words])
        if ran.status:
            raise CannotLook(ran.complaints.strip() or "postconf failed")
        return ran


READ, WRITE, SEARCH = 4, 2, 1
Stat = Callable[[Path], os.stat_result]


@attrs.frozen
class Account:
    """A user, with all groups that he is in."""

    name: str
    uid: int
    groups: frozenset[int]

    @classmethod
    def named(cls, name: str) -> Account:
        """
        Return the account of that name.

        Raises:
            CannotLook: there is none.
        """
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            raise CannotLook(f"there is no user {name}") from None
        groups = os.getgrouplist(name, user.pw_gid)
        return cls(name, user.pw_uid, frozenset(groups))

    @classmethod
    def ours(cls) -> Account:
        """Return who runs this process."""
        uid = os.geteuid()
        try:
            return cls.named(pwd.getpwuid(uid).pw_name)
        except KeyError:
            groups = frozenset([os.getegid(), *os.getgroups()])
            return cls(str(uid), uid, groups)

    def may(self, access: int, status: os.stat_result) -> bool:
        """
        Whether the mode gives this user *access*, a sum of ``READ``,
        ``WRITE`` and ``SEARCH``.
        """
        if self.uid == 0:
            return True
        mode = status.st_mode
        if self.uid == status.st_uid:
            mode >>= 6
        elif status.st_gid in self.groups:
            mode >>= 3
        return mode & access == access

    def kept_out_at(self, path: Path, access: int, stat: Stat = os.stat) -> Path | None:
        """
        Return what keeps this user from *access* to *path*: itself or the
        first folder that cannot be passed; None if nothing does.

        Raises:
            CannotLook: we may not look there ourselves.
            FileNotFoundError: it is not there.
        """
        try:
            for folder in reversed(path.parents):
                if not self.may(SEARCH, stat(folder)):
                    return folder
            return None if self.may(access, stat(path)) else path
        except PermissionError as error:
            raise CannotLook(f"{error.filename}: not allowed; {AS_ROOT}") from None


NOBODY = Account("nobody", -1, frozenset())
"""Somebody who owns nothing and is in no group."""


def look_up(host: str) -> object:
    """Return the addresses of a host."""
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)


@attrs.frozen
class Patient:
    """
    What the checks look at.

    Attributes:
        account: The user whom the daemon runs as; None if nobody knows.

        ask: Returns the daemon's answer, as ``rateguard ask`` has it.

        look_up: Raises OSError for a host name without an address.
    """

    loaded: Loaded
    tools: Tools
    database: Database
    account: Account | None
    ask: Callable[..., str]
    postfix: Postfix = attrs.field(factory=Postfix)
    systemd: Systemd = attrs.field(factory=Systemd)
    look_up: Callable[[str], object] = look_up

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @property
    def addresses(self) -> Sequence[Address]:
        """Where the daemon listens."""
        return listening.addresses(self.loaded, self.systemd)

    @property
    def held_sockets(self) -> Sequence[Address]:
        """Where systemd listens for the daemon."""
        return listening.held_sockets(self.systemd)

    def daemons_user(self) -> Account:
        """
        Return whom the daemon runs as.

        Raises:
            CannotLook: nobody knows.
        """
        if self.account is None:
            raise CannotLook("whom the daemon runs as is not known: see --user")
        return self.account

    def check_access(self) -> None:
        """
        Raise CannotLook if SQLite's file is not for us: opening it would fail,
        or leave files behind that the daemon cannot use.
        """
        if self.settings.db_driver == "sqlite3":
            path = Path(self.settings.db_database).absolute()
            if path.exists() and Account.ours().kept_out_at(path, READ | WRITE):
                raise CannotLook(f"{path}: not allowed; {AS_ROOT}")

    def seen(self) -> Seen:
        """
        Return what the database shows.

        Raises:
            CannotLook: not to us.
            StoreError: it cannot be asked.
        """
        self.check_access()
        return self.database.seen()

    @property
    def env_file(self) -> Path:
        """Where a setting is to be changed."""
        return self.loaded.env_file or ENV_FILES[-1]

    def command(self, words: str) -> str:
        """Return a command line of ours with the same settings."""
        if self.loaded.env_file in {None, *ENV_FILES}:
            return f"rateguard {words}"
        return f"rateguard --env-file {shlex.quote(str(self.env_file))} {words}"

    def set(self, *settings: str) -> str:
        """Return the line that changes settings."""
        return f"{self.env_file}: {' and '.join(settings)}; then restart rateguard"
