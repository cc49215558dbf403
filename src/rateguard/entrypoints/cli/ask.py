"""``rateguard ask``."""

from __future__ import annotations

import secrets
import socket

from pathlib import Path

import click

from rateguard.adapters.postfix.codec import decode_reply, encode_request
from rateguard.adapters.systemd.units import where_to_ask
from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.cli.session import told
from rateguard.entrypoints.settings.addresses import Address, UnixAddress
from rateguard.entrypoints.settings.addresses import addresses as parse_addresses
from rateguard.entrypoints.settings.environment import load


TIMEOUT = 10.0
_MAX_REPLY = 4096


class NoAnswer(RateGuardError):
    """The daemon did not answer."""


def ask_daemon(
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


@click.command()
@click.option("--sender", required=True, help="SASL user name.")
@click.option("--recipients", default=1, show_default=True, help="How many.")
@click.option("--state", default="DATA", show_default=True, help="SMTP stage.")
@click.option("--socket", "where", help="Daemon to ask; else the running one.")
@click.pass_obj
def ask(
    env_file: Path | None, sender: str, recipients: int, state: str, where: str | None
) -> None:
    """
    Ask the running daemon as Postfix would, and print its action.

    The message is counted, like a real one.
    """
    attributes = {
        "request": "smtpd_access_policy",
        "protocol_state": state,
        "protocol_name": "ESMTP",
        "client_address": "127.0.0.1",
        "client_name": "rateguard-ask",
        "sasl_method": "ask",
        "sasl_username": sender,
        "sender": sender,
        "recipient_count": str(recipients),
        "instance": f"ask.{secrets.token_hex(8)}",
    }
    with told():
        addresses = where_to_ask(load(env_file)) if where is None else _addresses(where)
        try:
            action = ask_daemon(addresses[0], attributes)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        click.echo(action)


def _addresses(where: str) -> tuple[Address, ...]:
    try:
        return parse_addresses(where)
    except ValueError:
        raise click.UsageError(
            f"--socket {where}: expected host,port or a path"
        ) from None
