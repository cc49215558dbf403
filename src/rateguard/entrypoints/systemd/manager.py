"""
Tells the service manager how the daemon is.
"""

from __future__ import annotations

import array
import logging
import socket
import time

import attrs

from rateguard.entrypoints.daemon.throttle import Throttle


KEPT_CONNECTION = "connection"
"""The name under which it keeps a mail server's connection."""

_PATIENCE_SECONDS = 1.0
"""Far more than it takes; it must not hold up a request for longer."""

_log = logging.getLogger(__name__)


@attrs.frozen
class ServiceManager:
    """
    Who started the daemon, and wants to know. Whatever goes wrong here is no
    reason to stop guarding.

    Attributes:
        address: NOTIFY_SOCKET: a path, or ``@name`` for an abstract socket;
            empty if nobody wants to know.
    """

    address: str = ""
    _said: Throttle = attrs.field(factory=Throttle, repr=False)

    def tell(self, **facts: object) -> bool:
        """
        Send facts, as ``READY=1``; whether they were sent.
        """
        return self._send(facts)

    def keep(self, descriptor: int) -> bool:
        """
        Give a connection into keeping, for the next daemon; whether it was
        sent. It stays open when this process closes it.
        """
        return self._send({"FDSTORE": 1, "FDNAME": KEPT_CONNECTION}, descriptor)

    def release(self) -> None:
        """
        Have the connections closed that are in keeping. Who was started with
        them has its own.
        """
        self._send({"FDSTOREREMOVE": 1, "FDNAME": KEPT_CONNECTION})

    def _send(self, facts: dict[str, object], *descriptors: int) -> bool:
        if not self.address:
            return False
        # One fact a line: a value must not begin another.
        lines = [f"{name}={' '.join(str(facts[name]).split())}" for name in facts]
        passed = array.array("i", descriptors)
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(_PATIENCE_SECONDS)
                sender.connect(_place(self.address))
                sender.sendmsg(
                    ["\n".join(lines).encode()], ancillary if descriptors else []
                )
        except OSError as error:
            if self._said.admit(error.errno, time.monotonic()) is not None:
                _log.warning("cannot tell %s %s: %s", self.address, lines[0], error)
            return False
        return True


def _place(address: str) -> str:
    return "\0" + address[1:] if address.startswith("@") else address
