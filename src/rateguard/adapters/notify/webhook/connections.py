"""
Connections that a deadline watches from their first packet on.
"""

from __future__ import annotations

import socket

from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from rateguard.adapters.notify.deadline import Deadline
from rateguard.adapters.notify.dialing import dial


class Connection(HTTPConnection):
    """
    One without TLS.
    """

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return dial(self._dns_host, self.port, self._deadline)


class TlsConnection(HTTPSConnection):
    """
    One with TLS, also through a proxy.
    """

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return dial(self._dns_host, self.port, self._deadline)

    def _tunnel(self) -> None:
        super()._tunnel()
        # A proxy's answer that is cut short counts as one, and TLS forgets to
        # close a socket that was shut down before.
        self._deadline.left()
