"""Connections to a policy service: one, or many that only stay open."""

from __future__ import annotations

import contextlib
import select
import socket

from typing import TYPE_CHECKING, TypeAlias

import attrs


if TYPE_CHECKING:
    from collections.abc import Iterator

Address: TypeAlias = tuple[str, int] | str
"""Host and port, or the path of a UNIX socket."""


def dial(address: Address) -> socket.socket:
    """
    A connected, blocking socket.

    Raises:
        OSError: Nobody listens there.
    """
    if isinstance(address, str):
        local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            local.connect(address)
        except OSError:
            local.close()
            raise
        return local
    remote = socket.create_connection(address)
    remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return remote


@attrs.frozen
class IdleConnections:
    """Connections that say nothing, as most of a mail server's do."""

    sockets: tuple[socket.socket, ...]

    def dropped(self) -> int:
        """How many the service has closed, or spoken on unasked; 0 is right."""
        poller = select.poll()
        for one in self.sockets:
            poller.register(one, select.POLLIN)
        return len(poller.poll(0))


@contextlib.contextmanager
def idle_connections(address: Address, count: int) -> Iterator[IdleConnections]:
    """
    Hold *count* connections open for as long as the block runs.

    Raises:
        OSError: The service refuses one, or this process may open no more.
    """
    with contextlib.ExitStack() as stack:
        yield IdleConnections(
            tuple(stack.enter_context(dial(address)) for _ in range(count)),
        )
