"""Where packets vanish."""

from __future__ import annotations

import socket

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.integration.rigs import free_port


_FULL_SECONDS = 0.2


@contextmanager
def black_hole() -> Iterator[int]:
    """
    Yield a port of 127.0.0.1 where connecting never comes to an end: the
    queue of connections is full, and the kernel drops what comes on top.
    """
    with (
        socket.create_server(("127.0.0.1", free_port()), backlog=0) as listener,
        ExitStack() as queued,
    ):
        with suppress(TimeoutError):
            while True:
                client = queued.enter_context(socket.socket())
                client.settimeout(_FULL_SECONDS)
                client.connect(listener.getsockname())
        yield listener.getsockname()[1]
