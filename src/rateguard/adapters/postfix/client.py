"""A client of policy services, as Postfix is one."""

from __future__ import annotations

import socket

from rateguard.adapters.postfix.codec import decode_reply, encode_request
from rateguard.adapters.postfix.translate import HARMLESS_STAGE, request_of
from rateguard.domain.errors import NoAnswer


TIMEOUT = 10.0
_MAX_REPLY = 4096


def ask(
    place: tuple[str, int] | str,
    *,
    sender: str = "",
    recipients: int = 1,
    stage: str = HARMLESS_STAGE,
    timeout: float = TIMEOUT,
) -> str:
    """
    Ask the service at *place*, host and port or the path of a UNIX socket, about
    a message of *sender*; return the action. Without a sender nobody is charged.

    Args:
        place: Where the service listens.
        sender: Its login at the mail server.
        recipients: Of the message.
        stage: Of the SMTP dialogue; at the harmless one nobody is charged.
        timeout: Seconds for each step.

    Raises:
        NoAnswer: says why.
        BadRequest: this is no policy service.
        ValueError: a sender or a stage that the protocol cannot carry.
    """
    request = encode_request(request_of(sender, recipients=recipients, stage=stage))
    where = place if isinstance(place, str) else f"{place[0]},{place[1]}"
    try:
        with _connected(place, timeout) as connection:
            connection.sendall(request)
            reply = _read(connection)
    except OSError as error:
        problem = f"no answer from {where}: {error}; is rateguard serve running?"
        raise NoAnswer(problem) from error
    if reply is None:
        raise NoAnswer(f"{where} hung up without an answer; see the daemon's log")
    return reply


def _connected(place: tuple[str, int] | str, timeout: float) -> socket.socket:
    if not isinstance(place, str):
        return socket.create_connection(place, timeout)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(place)
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
