"""Where to listen; each address shows as it is written in its setting."""

from __future__ import annotations

from pathlib import Path

import attrs


MAX_PORT = 65535


@attrs.frozen
class TcpAddress:
    """Where to listen: all addresses of *host*, which may be a name."""

    host: str
    port: int

    @property
    def place(self) -> tuple[str, int]:
        return self.host, self.port

    def __str__(self) -> str:
        return f"{_bracketed(self.host)},{self.port}"


@attrs.frozen
class HttpAddress(TcpAddress):
    """Where to answer HTTP: the first address of *host* that is there."""

    def __str__(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@attrs.frozen
class UnixAddress:
    """Where to listen: a socket in the file system."""

    path: Path

    @property
    def place(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
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


def http_address(text: str) -> HttpAddress:
    host, _, port = text.rpartition(":")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(text)
    return HttpAddress(_host(host), whole_number(port, 0, MAX_PORT))


def _address(word: str) -> Address:
    if word.startswith("/"):
        return UnixAddress(path(word))
    host, _, port = word.rpartition(",")
    return TcpAddress(_host(host), whole_number(port, 0, MAX_PORT))


def _host(text: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if not text or any(char in text for char in " ,[]\0"):
        raise ValueError(text)
    # What getaddrinfo would raise UnicodeError for, such as an empty label.
    text.encode("idna")
    return text


def whole_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise ValueError(text)
    number = int(text)
    if not least <= number <= most:
        raise ValueError(text)
    return number


def path(text: str) -> Path:
    if "\0" in text:
        raise ValueError(text)
    return Path(text)
