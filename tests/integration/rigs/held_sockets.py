"""Sockets as a socket unit makes them."""

from __future__ import annotations

import socket

from pathlib import Path


def shown(one: socket.socket) -> str:
    """Return where it listens, as in SOCKET."""
    name = one.getsockname()
    return name if isinstance(name, str) else f"{name[0]},{name[1]}"


def listening_tcp() -> socket.socket:
    """Return a socket that listens on a free port, as a socket unit makes it."""
    return socket.create_server(("127.0.0.1", 0), backlog=1024)


def listening_unix(path: Path) -> socket.socket:
    """Return a socket that listens at *path*."""
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(path))
    bound.listen(1024)
    return bound
