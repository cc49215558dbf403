"""
Who may use a UNIX socket.
"""

from __future__ import annotations

import grp
import os
import pwd

from pathlib import Path

import attrs

from rateguard.domain.errors import RateGuardError


class CannotListen(RateGuardError):
    """
    An address in SOCKET is not to be had.
    """


@attrs.frozen
class SocketRights:
    """
    Who may use a UNIX socket, and a folder that is created for it.
    """

    mode: int = 0o660
    owner: str | None = None
    group: str | None = None

    def check(self) -> None:
        """
        Raise :class:`CannotListen` if owner or group do not exist.
        """
        try:
            if self.owner is not None:
                pwd.getpwnam(self.owner)
        except KeyError:
            raise CannotListen(f"SOCKET_OWNER: no user {self.owner}") from None
        try:
            if self.group is not None:
                grp.getgrnam(self.group)
        except KeyError:
            raise CannotListen(f"SOCKET_GROUP: no group {self.group}") from None

    def give(self, path: Path, mode: int) -> None:
        """
        Set mode, owner and group of *path*.
        """
        path.chmod(mode)
        if self.owner is not None or self.group is not None:
            uid = -1 if self.owner is None else pwd.getpwnam(self.owner).pw_uid
            gid = -1 if self.group is None else grp.getgrnam(self.group).gr_gid
            os.chown(path, uid, gid)
