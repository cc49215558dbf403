"""
Connections that a deadline watches from their first packet on.
"""

from __future__ import annotations

import socket

from collections.abc import Sequence
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from rateguard.adapters.notify.deadline import Deadline


Address = tuple[socket.AddressFamily, Any]
"""Family and address, as the socket module has them."""


class Connection(HTTPConnection):
    """
    One without TLS.
    """

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, self._deadline)


class TlsConnection(HTTPSConnection):
    """
    One with TLS, also through a proxy.
    """

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, self._deadline)

    def _tunnel(self) -> None:
        super()._tunnel()
        # A proxy's answer that is cut short counts as one, and TLS forgets to
        # close a socket that was shut down before.
        self._deadline.left()


def _connect(host: str, port: int | None, deadline: Deadline) -> socket.socket:
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
