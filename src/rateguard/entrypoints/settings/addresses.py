"""
Where to listen.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from rateguard.entrypoints.settings.values import MAX_PORT, path, whole


@attrs.frozen
class TcpAddress:
    """
    Where to listen: all addresses of *host*, which may be a name.
    """

    host: str
    port: int

    def __str__(self) -> str:
        """
        Return it as written in SOCKET.
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host},{self.port}"


@attrs.frozen
class UnixAddress:
    """
    Where to listen: a socket in the file system.
    """

    path: Path

    def __str__(self) -> str:
        """
        Return it as written in SOCKET.
        """
        return str(self.path)


Address = TcpAddress | UnixAddress


def addresses(text: str) -> tuple[Address, ...]:
    """
    Parse one or several of ``host,port``, ``[::1],port``, ``::1,port``,
    ``name,port`` or an absolute path, separated by spaces.
    """
    found = tuple(_address(word) for word in text.split())
    if not found or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def _address(word: str) -> Address:
    if word.startswith("/"):
        return UnixAddress(path(word))
    host, comma, port = word.rpartition(",")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not comma or not host or any(char in host for char in ",[]\0"):
        raise ValueError(word)
    # What getaddrinfo would raise UnicodeError for, such as an empty label.
    host.encode("idna")
    return TcpAddress(host, whole(0, MAX_PORT)(port))
