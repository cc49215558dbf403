"""
The null responder: the daemon's connection code and codec, and DUNNO at once.

What RateGuard reaches is told as a ratio to this, so that figures of
different machines can be compared.
"""

from __future__ import annotations

import sys

from collections.abc import Callable, Mapping

from rateguard.adapters.postfix.codec import PolicyReceiver
from rateguard.adapters.postfix.translate import NOT_OURS
from rateguard.entrypoints.daemon.application import in_event_loop, stop_signal
from rateguard.entrypoints.daemon.server import Server
from rateguard.entrypoints.daemon.sockets import SocketRights, open_listeners
from rateguard.entrypoints.settings.addresses import TcpAddress


class NullResponder:
    """Reads every request and looks at none."""

    def respond(
        self,
        attributes: Mapping[str, str],
        reply: Callable[[bytes], None],
    ) -> None:
        """Answer."""
        reply(NOT_OURS)


async def main() -> None:
    """Listen on a free port, print it, answer until told to stop."""
    listeners = open_listeners([TcpAddress("127.0.0.1", 0)], SocketRights())
    server = Server(NullResponder(), PolicyReceiver)
    told = stop_signal(lambda: None)
    await server.listen(listeners)
    print(listeners[0].address, flush=True)
    await told.wait()
    await server.stop()


if __name__ == "__main__":
    in_event_loop(main)
    sys.exit(0)
