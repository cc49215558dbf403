"""
The Postfix policy protocol, without any I/O: bytes in, requests out.

Source: SMTPD_POLICY_README. A request is ``name=value`` lines ended by an
empty line; nothing is escaped, a value ends with its line, the name ends at
the first ``=``.
"""

from __future__ import annotations

import re

from rateguard.domain.errors import BadRequest


MAX_REQUEST_BYTES = 65536
"""
A request with its empty line. Postfix limits every line to 2048 bytes but a
SASL name to 12 kB, so real requests stay below a third of this; what is
longer is not a mail server.
"""

# Postfix sends LF only. People with telnet send CRLF, and a mixture must not
# depend on how the bytes were cut: so the empty line may be either.
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_LONGEST_EMPTY_LINE = 3


class PolicyReceiver:
    r"""
    Cuts what one peer sends into requests.

    However the bytes are cut into pieces, the requests are the same, in
    order. Bytes that are not UTF-8 come out as ``\xNN``. Once it has raised
    :class:`BadRequest` it raises it for ever. The work is linear in the
    bytes received, also when they come one by one.
    """

    __slots__ = ("_buffer", "_failed", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._failed: BadRequest | None = None

    @property
    def buffered(self) -> int:
        """Bytes received that belong to no request yet."""
        return len(self._buffer)

    @property
    def full(self) -> bool:
        """Whether enough is waiting: more than one request can have."""
        return len(self._buffer) > MAX_REQUEST_BYTES

    def receive(self, data: bytes) -> None:
        self._buffer += data

    def next_request(self) -> dict[str, str] | None:
        """
        Return the next complete request's attributes, or None when more bytes
        are needed. Of a repeated name the last value counts; lines without
        ``=`` are names with an empty value.

        Raises:
            BadRequest: more than 64 KiB without an empty line.
        """
        if self._failed is not None:
            raise self._failed
        buffer = self._buffer
        found = _EMPTY_LINE.search(buffer, self._searched)
        if found is None:
            if len(buffer) > MAX_REQUEST_BYTES:
                raise self._too_long()
            self._searched = max(0, len(buffer) - _LONGEST_EMPTY_LINE + 1)
            return None
        end = found.end()
        if end > MAX_REQUEST_BYTES:
            raise self._too_long()
        block = buffer[: found.start()]
        del buffer[:end]
        self._searched = 0
        return _attributes(block)

    def _too_long(self) -> BadRequest:
        self._failed = BadRequest(
            f"more than {MAX_REQUEST_BYTES} bytes without an empty line",
            bytes(self._buffer[:64]),
        )
        self._buffer.clear()
        return self._failed


def _attributes(block: bytearray) -> dict[str, str]:
    text = block.decode("utf-8", "backslashreplace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    try:
        # A list, not a generator: a quarter faster, and this is the hot path.
        return dict([line.split("=", 1) for line in text.split("\n")])
    except ValueError:
        pairs = (line.partition("=") for line in text.split("\n"))
        return {name: value for name, _, value in pairs if name}


def encode_request(attributes: dict[str, str]) -> bytes:
    """
    Return the bytes of a request, as Postfix would send them.

    Raises:
        ValueError: a name or a value that the protocol cannot carry.
    """
    for name, value in attributes.items():
        if "=" in name or "\n" in name + value or "\0" in name + value:
            problem = f"{name!r} cannot carry {value!r}: a value is one line"
            raise ValueError(problem)
    lines = "".join(f"{name}={value}\n" for name, value in attributes.items())
    return f"{lines}\n".encode()


def encode_reply(action: str) -> bytes:
    """Return the bytes of a reply; *action* is one line."""
    return f"action={action}\n\n".encode()


def decode_reply(data: bytes) -> str | None:
    """
    Return the action of a complete reply, None while it is incomplete.

    Raises:
        BadRequest: this is no reply of a policy service.
    """
    if not data.endswith(b"\n\n"):
        return None
    name, _, action = data.decode("utf-8", "backslashreplace").strip().partition("=")
    if name != "action":
        problem = "the reply has no action="
        raise BadRequest(problem, data[:64])
    return action
