"""
``rateguard ask``: what Postfix does, by hand.
"""

from __future__ import annotations

import socket

from rateguard.adapters.postfix.codec import decode_reply, encode_request
from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.settings.addresses import Address, UnixAddress


TIMEOUT = 10.0
_MAX_REPLY = 4096


class NoAnswer(RateGuardError):
    """
    The daemon did not answer.
    """


def ask(
    address: Address, attributes: dict[str, str], *, timeout: float = TIMEOUT
) -> str:
    """
    Send one request to the daemon at *address*; return the action. It has
    *timeout* seconds for each step.

    Raises:
        NoAnswer: says why.
        BadRequest: this is no policy service.
        ValueError: an attribute that the protocol cannot carry.
    """
    request = encode_request(attributes)
    try:
        with _connected(address, timeout) as connection:
            connection.sendall(request)
            reply = _read(connection)
    except OSError as error:
        problem = f"no answer from {address}: {error}; is rateguard serve running?"
        raise NoAnswer(problem) from error
    if reply is None:
        raise NoAnswer(f"{address} hung up without an answer; see the daemon's log")
    return reply


def _connected(address: Address, timeout: float) -> socket.socket:
    if not isinstance(address, UnixAddress):
        return socket.create_connection((address.host, address.port), timeout)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(str(address.path))
    except OSError:
        connection.close()
        raise
    return connection


def _read(connection: socket.socket) -> str | None:
    received = b""
    while (action := decode_reply(received)) is None:
        data = connection.recv(_MAX_REPLY)
        if not data:
            return None
        received += data
    return action
