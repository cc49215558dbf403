"""One connection from a mail server."""

from __future__ import annotations

import asyncio
import logging

from collections.abc import Callable
from typing import Any, Protocol, cast

from rateguard.domain.errors import BadRequest
from rateguard.entrypoints.daemon.responder import Responder


Keep = Callable[[int], object]
"""Has a file descriptor kept open by somebody else."""

REQUESTS_PER_TURN = 64
"""So that one peer's pipeline does not keep the others waiting."""

_log = logging.getLogger(__name__)


def discard(_descriptor: int) -> None:
    """Keep nothing: a :data:`Keep`."""


class Receiver(Protocol):
    """Cuts what one peer sends into requests; the codec does."""

    @property
    def buffered(self) -> int:
        """Bytes received that belong to no request yet."""
        ...

    @property
    def full(self) -> bool:
        """Whether enough is waiting, so that no more should be read."""
        ...

    def receive(self, data: bytes) -> None:
        """Take what the peer sent."""

    def next_request(self) -> dict[str, str] | None:
        """
        Return the next complete request's attributes, None while there is none.

        Raises:
            BadRequest: the peer does not speak the protocol.
        """


class PolicyConnection(asyncio.Protocol):
    """
    Answers requests in order, one at a time, for as long as the peer likes:
    Postfix keeps its connections open, idle ones too.

    A peer that pipelines is not read from while enough of it is waiting; a
    peer that does not read its replies is not answered further.
    """

    __slots__ = (
        "_busy", "_choked", "_closing", "_ended", "_keep", "_loop", "_lost",
        "_opened", "_paused", "_pumping", "_receiver", "_responder", "_transport",
    )  # fmt: skip

    def __init__(
        self,
        responder: Responder,
        receiver: Receiver,
        *,
        opened: Callable[[PolicyConnection], None],
        lost: Callable[[PolicyConnection], None],
    ) -> None:
        self._responder = responder
        self._opened = opened
        self._lost = lost
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._busy = False
        self._pumping = False
        self._choked = False
        self._paused = False
        self._closing = False
        self._ended = False
        self._keep: Keep = discard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; a decision under way will still be charged."""
        self._lost(self)
        if self._receiver.buffered and not self._closing:
            why = f" ({exc})" if exc else ""
            _log.info("%s hung up in the middle of a request%s", self._peer(), why)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take what the peer sent and answer what is complete."""
        self._receiver.receive(data)
        if not self._busy and not self._pumping:
            self._pump()
        if self._receiver.full and not self._paused:
            self._pause_reading()

    def eof_received(self) -> bool:
        """The peer asks no more, but may well wait for its answers."""
        self._ended = True
        if not self._busy and not self._pumping:
            self._pump()
        return True

    def pause_writing(self) -> None:
        """The peer does not read its replies."""
        self._choked = True

    def resume_writing(self) -> None:
        self._choked = False
        if not self._busy and not self._pumping:
            self._pump()

    def close_when_idle(self, keep: Keep = discard) -> None:
        """
        Hang up, after the request under way is answered; *keep* has it kept
        open for somebody else.
        """
        self._closing = True
        self._keep = keep
        if not self._busy:
            self._leave()

    def _leave(self) -> None:
        """
        Close, and read no more before: what the peer sends from now on is for
        the one who has the connection next, if there is one. Whoever would not
        understand the peer in the middle of something does not get it.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if not (self._receiver.buffered or self._choked or self._ended):
            self._keep(transport.get_extra_info("socket").fileno())
        transport.close()

    def _pump(self) -> None:
        """Start on what is complete, until one has to be waited for."""
        self._pumping = True
        try:
            for _ in range(REQUESTS_PER_TURN):
                if self._busy or self._choked or self._closing:
                    return
                request = self._receiver.next_request()
                if request is None:
                    self._read_on()
                    return
                self._busy = True
                self._responder.respond(request, self._reply)
            self._loop.call_soon(self._pump_on)
        except BadRequest as error:
            self._hang_up(error)
        finally:
            self._pumping = False

    def _pump_on(self) -> None:
        if not self._busy and self._transport is not None:
            self._pump()

    def _reply(self, data: bytes) -> None:
        self._busy = False
        transport = self._transport
        if transport is None:
            return
        transport.write(data)
        if self._closing:
            self._leave()
        elif not self._pumping and (
            self._receiver.buffered or self._paused or self._ended
        ):
            self._pump()

    def _pause_reading(self) -> None:
        if self._transport is not None and not self._closing:
            self._paused = True
            self._transport.pause_reading()

    def _read_on(self) -> None:
        """All is answered: read on, or hang up if the peer did."""
        if self._transport is None:
            return
        if self._ended:
            self._transport.close()
        elif self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _hang_up(self, error: BadRequest) -> None:
        # "In case of trouble the policy server must not send a reply":
        # SMTPD_POLICY_README.
        _log.warning(
            "bad request from %s: %s; it begins with %s",
            self._peer(),
            error,
            ascii(error.sample),
        )
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def _peer(self) -> str:
        if self._transport is None:
            return "a peer"
        name: Any = self._transport.get_extra_info("peername")
        if isinstance(name, tuple):
            return f"{name[0]}:{name[1]}"
        return "a local process"
