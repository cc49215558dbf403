"""
What this host is called.
"""

from __future__ import annotations

import socket
import threading

from collections.abc import Callable


_PATIENCE = 3.0


class HostName:
    """
    The fully qualified name of this host.

    The resolver is asked beside everything else, since it may take as long as
    it likes; meanwhile the kernel's name does.
    """

    def __init__(self, look_up: Callable[[], str] = socket.getfqdn) -> None:
        self._look_up = look_up
        self._name = socket.gethostname()
        self._settled = threading.Event()
        threading.Thread(target=self._find, name="fqdn", daemon=True).start()

    def get(self) -> str:
        """
        Return the best name known; the first time that may take some seconds.
        """
        self._settled.wait(_PATIENCE)
        self._settled.set()
        return self._name

    def settle(self) -> None:
        """
        Let nobody wait any longer.
        """
        self._settled.set()

    def _find(self) -> None:
        try:
            self._name = self._look_up() or self._name
        finally:
            self._settled.set()
