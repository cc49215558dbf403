"""
What another user may do with a file, told by mode, owner and group of all that
leads to it.
"""

from __future__ import annotations

import os
import pwd

from collections.abc import Callable
from pathlib import Path

import attrs

from rateguard.entrypoints.doctor.findings import AS_ROOT
from rateguard.entrypoints.machine.programs import CannotLook


READ, WRITE, SEARCH = 4, 2, 1
Stat = Callable[[Path], os.stat_result]


@attrs.frozen
class Account:
    """
    A user, with all groups that he is in.
    """

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
        """
        Return who runs this process.
        """
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
