"""
Where Postfix asks, and whether that is us.
"""

from __future__ import annotations

import os
import socket

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from rateguard.adapters.postfix.postconf import MailServer, Smtpd
from rateguard.adapters.postfix.restrictions import PolicyAsk, policy_asks
from rateguard.entrypoints.settings.addresses import (
    Address,
    TcpAddress,
    UnixAddress,
)


COUNTED_LISTS = ("smtpd_data_restrictions", "smtpd_end_of_data_restrictions")
"""Where a message is counted."""

OTHER_LISTS = (
    "smtpd_recipient_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_client_restrictions",
    "smtpd_etrn_restrictions",
)

_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1", ""})


@attrs.frozen
class Asked:
    """
    A policy service that an smtpd service asks in one of its lists.

    Attributes:
        place: Where that is, as smtpd sees it; None for what is no address.
    """

    list_name: str
    ask: PolicyAsk
    place: Address | None

    def reaches(self, addresses: Iterable[Address]) -> bool:
        """
        Whether one of *addresses* is asked.
        """
        return any(_same(self.place, each) for each in addresses)


def asked_in(
    server: MailServer, service: Smtpd, lists: Sequence[str]
) -> Iterator[Asked]:
    """
    Yield every policy service that is asked in these lists.
    """
    for name in lists:
        for ask in policy_asks(server.restrictions(name, service)):
            place = place_of(ask.service, server=server, chrooted=service.chrooted)
            yield Asked(name, ask, place)


def place_of(written: str, *, server: MailServer, chrooted: bool) -> Address | None:
    """
    Return what ``inet:host:port`` or ``unix:path`` means to smtpd.
    """
    kind, _, rest = written.partition(":")
    if kind == "unix":
        queue = server.value("queue_directory")
        # os.path.join would let an absolute path win, as it does without chroot.
        inside = f"{queue}/{rest}" if chrooted else os.path.join(queue, rest)  # noqa: PTH118
        return UnixAddress(Path(os.path.normpath(inside)))
    if kind != "inet":
        return None
    host, _, port = rest.rpartition(":")
    try:
        number = int(port) if port.isdigit() else socket.getservbyname(port, "tcp")
    except OSError:
        return None
    return TcpAddress(host.strip("[]"), number)


def name_for(address: Address, *, server: MailServer, chrooted: bool) -> str | None:
    """
    Return how ``main.cf`` names our address so that smtpd finds it; None if
    it cannot: a path outside the folder that smtpd is locked into.
    """
    if isinstance(address, TcpAddress):
        host = _WILDCARDS.get(address.host, address.host)
        return f"inet:{f'[{host}]' if ':' in host else host}:{address.port}"
    queue = server.value("queue_directory")
    path = os.path.normpath(address.path)
    if path.startswith(f"{queue}/"):
        return f"unix:{path.removeprefix(f'{queue}/')}"
    return None if chrooted else f"unix:{path}"


def _same(asked: Address | None, ours: Address) -> bool:
    if isinstance(asked, TcpAddress) and isinstance(ours, TcpAddress):
        return asked.port == ours.port and (
            ours.host in _WILDCARDS
            or asked.host == ours.host
            or {asked.host, ours.host} <= _LOCALHOST
        )
    if isinstance(asked, UnixAddress) and isinstance(ours, UnixAddress):
        return asked.path.resolve() == ours.path.resolve()
    return False
