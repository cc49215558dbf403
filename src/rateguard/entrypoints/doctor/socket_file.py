"""
May Postfix use the UNIX socket?
"""

from __future__ import annotations

import stat

from collections.abc import Iterator
from pathlib import Path

from rateguard.entrypoints.doctor.accounts import NOBODY, WRITE, Account
from rateguard.entrypoints.doctor.findings import Finding, fault, warning
from rateguard.entrypoints.doctor.patient import Patient
from rateguard.entrypoints.machine.programs import CannotLook
from rateguard.entrypoints.machine.systemd import SOCKET_UNIT
from rateguard.entrypoints.settings.addresses import UnixAddress


def rights(patient: Patient) -> Iterator[Finding]:
    """
    Postfix may use the UNIX socket; not everybody may.
    """
    for address in patient.addresses:
        if isinstance(address, UnixAddress) and address.path.exists():
            yield from socket_rights(patient, address.path, _postfix_user(patient))


def _postfix_user(patient: Patient) -> Account:
    try:
        return Account.named(patient.postfix.server().value("mail_owner"))
    except CannotLook:
        return Account.named("postfix")


def socket_rights(patient: Patient, path: Path, asker: Account) -> Iterator[Finding]:
    """
    Yield what keeps *asker* from a socket, or lets strangers to it.
    """
    obstacle = asker.kept_out_at(path, WRITE)
    if obstacle == path:
        yield fault(
            f"Postfix (user {asker.name}) may not use {path}: {rights_of(path)}",
            _give_to(patient, asker),
        )
    elif obstacle is not None:
        yield fault(
            f"Postfix (user {asker.name}) cannot get through {obstacle} to the"
            f" socket: {rights_of(obstacle)}",
            f"chgrp {asker.name} {obstacle} && chmod g+x {obstacle}",
        )
    elif NOBODY.kept_out_at(path, WRITE) is None:
        yield warning(
            f"every user of this machine may use {path}, and have senders blocked",
            _give_to(patient, asker),
        )


def _give_to(patient: Patient, asker: Account) -> str:
    if patient.held_sockets:
        wanted = f"SocketMode=0660 and SocketGroup={asker.name}"
        return f"systemctl edit {SOCKET_UNIT}, and there, below [Socket]: {wanted}"
    return patient.set("SOCKET_MODE=0660", f"SOCKET_GROUP={asker.name}")


def rights_of(path: Path) -> str:
    """
    Return mode, owner and group, as ``0660 rateguard:postfix``.
    """
    status = path.stat()
    try:
        names = f"{path.owner()}:{path.group()}"
    except KeyError:
        names = f"{status.st_uid}:{status.st_gid}"
    return f"{stat.S_IMODE(status.st_mode):04o} {names}"
