"""
Connecting, within a deadline.
"""

from __future__ import annotations

import socket

from collections.abc import Sequence
from typing import Any

from rateguard.adapters.notify.deadline import Deadline


Address = tuple[socket.AddressFamily, Any]
"""Family and address, as the socket module has them."""


def dial(host: str, port: int | None, deadline: Deadline) -> socket.socket:
    """
    Return a connection to *host*, a name or an address.

    Raises:
        OSError: nobody takes one; why the last one did not.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return reach([(family, address) for family, *_, address in found], deadline)


def reach(addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """
    Return a connection to the first address that takes one. Time is shared:
    an address that swallows everything leaves some to the next, and to the
    conversation.

    Raises:
        OSError: none takes one; why the last one did not.
    """
    failure = OSError()
    for number, (family, address) in enumerate(addresses):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.left() / (len(addresses) - number + 1))
            deadline.watch(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(address)
            connection.settimeout(deadline.left())
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure
