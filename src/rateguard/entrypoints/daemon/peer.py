"""
Who is at the other end of a connection, and what the log says about him.
"""

from __future__ import annotations

import asyncio
import logging

from collections.abc import Callable
from typing import Any

from rateguard.adapters.postfix.codec import BadRequest


Keep = Callable[[int], object]
"""Has a file descriptor kept open by somebody else."""

_log = logging.getLogger("rateguard.entrypoints.daemon.connection")


def discard(_descriptor: int) -> None:
    """
    Keep nothing: a :data:`Keep`.
    """


def note_cut_off(
    transport: asyncio.BaseTransport | None, error: Exception | None
) -> None:
    """
    Say that a peer hung up in the middle of a request.
    """
    why = f" ({error})" if error else ""
    _log.info("%s hung up in the middle of a request%s", _name(transport), why)


def note_bad_request(
    transport: asyncio.BaseTransport | None, error: BadRequest
) -> None:
    """
    Say what a peer sent that cannot be understood.
    """
    _log.warning(
        "bad request from %s: %s; it begins with %s",
        _name(transport),
        error,
        ascii(error.sample),
    )


def _name(transport: asyncio.BaseTransport | None) -> str:
    if transport is None:
        return "a peer"
    name: Any = transport.get_extra_info("peername")
    if isinstance(name, tuple):
        return f"{name[0]}:{name[1]}"
    return "a local process"
