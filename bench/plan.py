"""What a run is to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs

from attrs.validators import ge, gt, optional


if TYPE_CHECKING:
    from bench.connections import Address

DUNNO = b"action=DUNNO\n\n"

Expected: TypeAlias = bytes | Callable[[bytes], bool]
"""The one right reply, or a module-level function that knows a right one."""


def dunno_or_defer(reply: bytes) -> bool:
    """Whether *reply* is one of the two that a quota run gives."""
    return reply == DUNNO or reply.startswith(b"action=DEFER_IF_PERMIT ")


@attrs.frozen(kw_only=True)
class Load:
    """
    A run: how much, by whom, how fast, and what the service has to say.

    Exactly one of *requests_total* and *seconds* says when it ends.

    Args:
        address: Where the service listens.
        connections: Held open all the time, one request in flight on each.
        requests_total: Requests of the run, shared evenly by the connections.
        seconds: Send for so long, then wait for the replies still due.
        senders: How many SASL users send.
        recipients: Recipients of each message.
        processes: Client processes; the connections are shared among them.
        seed: Of the order in which the senders send.
        expected: What is no error. A function is asked once per distinct
            reply and must be importable by the client processes.
        pace: Requests per second of the whole run; None sends the next
            request as soon as the reply is there.
        patience: Seconds without any reply after which the run is given up.
    """

    address: Address
    connections: int = attrs.field(default=50, validator=gt(0))
    requests_total: int | None = attrs.field(default=None, validator=optional(gt(0)))
    seconds: float | None = attrs.field(default=None, validator=optional(gt(0)))
    senders: int = attrs.field(default=1000, validator=gt(0))
    recipients: int = attrs.field(default=1, validator=ge(0))
    processes: int = attrs.field(default=1, validator=gt(0))
    seed: int = 1
    expected: Expected = DUNNO
    pace: float | None = attrs.field(default=None, validator=optional(gt(0)))
    patience: float = attrs.field(default=30.0, validator=gt(0))

    def __attrs_post_init__(self) -> None:
        """Refuse what no single field can tell."""
        if (self.requests_total is None) == (self.seconds is None):
            msg = "exactly one of requests_total and seconds must be given"
            raise ValueError(msg)
        if self.processes > self.connections:
            msg = "a client process without a connection has nothing to do"
            raise ValueError(msg)

    def connections_of(self, process: int) -> range:
        """The numbers of the connections that one client process holds."""
        return range(process, self.connections, self.processes)

    def requests_of(self, connection: int) -> int | None:
        """How many requests one connection sends; None if time decides."""
        if self.requests_total is None:
            return None
        each, more = divmod(self.requests_total, self.connections)
        return each + (connection < more)
