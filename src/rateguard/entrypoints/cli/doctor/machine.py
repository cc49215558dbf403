"""The machine under examination, and what its users may do."""

from __future__ import annotations

import os
import pwd
import shlex

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from rateguard.domain.errors import CannotLook
from rateguard.domain.ports import Database
from rateguard.domain.reports import Seen
from rateguard.entrypoints.cli import listening
from rateguard.entrypoints.cli.doctor.findings import AS_ROOT
from rateguard.entrypoints.cli.doctor.main_cf import QUERIES, MailServer, mail_server
from rateguard.entrypoints.cli.doctor.postfix import Postfix
from rateguard.entrypoints.cli.session import Tools
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.addresses import Address
from rateguard.entrypoints.settings.environment import ENV_FILES, Loaded


READ, WRITE, SEARCH = 4, 2, 1

Stat = Callable[[Path], os.stat_result]


@attrs.frozen
class Account:
    """A user, with all groups that it is in."""

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
        uid = os.geteuid()
        try:
            return cls.named(pwd.getpwuid(uid).pw_name)
        except KeyError:
            groups = frozenset([os.getegid(), *os.getgroups()])
            return cls(str(uid), uid, groups)

    def may(self, access: int, status: os.stat_result) -> bool:
        """
        Whether the mode gives this user *access*, a sum of ``READ``, ``WRITE`` and
        ``SEARCH``.
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
        Return what keeps this user from *access* to *path*: itself or the first
        folder that cannot be passed; None if nothing does.

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
"""A user who owns nothing and is in no group."""


class ServiceManager(listening.SocketUnits, Protocol):
    """
    What systemd says of its units, and nothing without systemd. Everything raises
    ``CannotLook`` where it does not answer.
    """

    def show(self, unit: str, name: str) -> str:
        """Return a property of a unit, ``""`` if there is none."""

    def has(self, unit: str) -> bool:
        """Whether the unit is installed."""

    def starts_at_boot(self, unit: str) -> bool:
        """Whether the unit is enabled."""

    def is_active(self, unit: str) -> bool:
        """Whether the unit runs."""

    def may_write(self, unit: str, path: Path) -> bool:
        """Whether systemd lets a service write to that path."""


@attrs.define
class Machine:
    """
    What the checks look at.

    Attributes:
        account: The daemon's user; None if it is not known.
        postfix_folder: That of ``main.cf``; None is Postfix's own.
        has_postfix: False if Postfix runs elsewhere.
    """

    loaded: Loaded
    tools: Tools
    database: Database
    systemd: ServiceManager
    account: Account | None = None
    postfix_folder: Path | None = None
    has_postfix: bool = True
    _mail_server: MailServer | CannotLook | None = attrs.field(init=False, default=None)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def env_file(self) -> Path:
        """Where a setting is to be changed."""
        return self.loaded.env_file or ENV_FILES[-1]

    def command(self, words: str) -> str:
        if self.loaded.env_file in {None, *ENV_FILES}:
            return f"rateguard {words}"
        return f"rateguard --env-file {shlex.quote(str(self.env_file))} {words}"

    def set(self, *settings: str) -> str:
        """Return the line that says how settings are changed."""
        return f"in {self.env_file} set {' and '.join(settings)}; restart rateguard"

    @property
    def addresses(self) -> Sequence[Address]:
        """Systemd's sockets are used instead of SOCKET."""
        return self.held_sockets or self.settings.socket

    @property
    def held_sockets(self) -> Sequence[Address]:
        return listening.held_sockets(self.systemd)

    def daemons_user(self) -> Account:
        """
        Return the daemon's user.

        Raises:
            CannotLook: it is not known.
        """
        if self.account is None:
            raise CannotLook("the daemon's user is not known: name it with --user")
        return self.account

    def check_access(self) -> None:
        """
        Raise CannotLook if SQLite's file is not for us: opening it would fail, or
        leave files behind that the daemon cannot use.
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

    def postfix(self) -> Postfix:
        """
        Return the Postfix of this machine.

        Raises:
            CannotLook: there is none that can be asked.
        """
        server, deadline = self.mail_server(), self.settings.request_deadline
        return Postfix(server, self.addresses, deadline, self._postfix_options)

    def mail_server(self) -> MailServer:
        """
        Return Postfix's configuration; asked for once.

        Raises:
            CannotLook: there is none that can be read.
        """
        if self._mail_server is None:
            try:
                self._mail_server = self._read_postfix()
            except CannotLook as error:
                # Postfix takes a second to say so.
                self._mail_server = error
        if isinstance(self._mail_server, CannotLook):
            raise self._mail_server
        return self._mail_server

    @property
    def _postfix_options(self) -> Sequence[str]:
        return () if self.postfix_folder is None else ("-c", str(self.postfix_folder))

    def _read_postfix(self) -> MailServer:
        if not self.has_postfix:
            raise CannotLook("--no-postfix")
        outputs, complaints = {}, ""
        for name, words in QUERIES.items():
            ran = self.tools.run(["postconf", *self._postfix_options, *words])
            if ran.returncode:
                raise CannotLook(ran.stderr.strip() or "postconf failed")
            outputs[name] = ran.stdout
            complaints += ran.stderr
        return mail_server(**outputs, complaints=complaints)
