"""What a run is to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from attrs.validators import gt, optional


Address: TypeAlias = tuple[str, int] | str
"""Host and port, or the path of a UNIX socket."""

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

    Args:
        address: Where the service listens.
        connections: Held open all the time, one request in flight on each.
        seconds: Send for so long, then wait for the replies still due.
        senders: How many SASL users send.
        seed: Of who sends next, and when.
        expected: What is no error. A function is asked once per distinct
            reply and must be importable by the client.
        pace: An open loop: so many requests a second, sent whether or not
            those before are answered, each at a random moment, as mail comes.
            None is the closed loop: the next request when the reply is there.
        patience: Seconds without any reply after which the run is given up.
    """

    address: Address
    connections: int = attrs.field(default=50, validator=gt(0))
    seconds: float = attrs.field(default=5.0, validator=gt(0))
    senders: int = attrs.field(default=1000, validator=gt(0))
    seed: int = 1
    expected: Expected = DUNNO
    pace: float | None = attrs.field(default=None, validator=optional(gt(0)))
    patience: float = attrs.field(default=30.0, validator=gt(0))
