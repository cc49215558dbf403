"""When systemd's watchdog is fed; the test plays systemd's part."""

from __future__ import annotations

import sys

from pathlib import Path

from tests.integration.daemons import begin, write_lock
from tests.integration.rigs.daemon import PrivateDaemon, request
from tests.integration.rigs.service_manager import ServiceManager, Told


SENDER = "a@example.org"

_BEAT = 0.1
_FAR_TOO_LONG = 10 * _BEAT

_HANGS = """
import time
from rateguard.entrypoints.container import main
from rateguard.entrypoints.daemon.responder import QuotaResponder
respond = QuotaResponder.respond
def hang(responder, attributes, reply):
    if attributes["sasl_username"] == "hang@example.org":
        time.sleep(3600)
    respond(responder, attributes, reply)
QuotaResponder.respond = hang
main()
"""
"""The daemon's program with a bug that makes the event loop hang."""


def fed(told: Told) -> bool:
    """Whether it is a sign of life."""
    return told.get("WATCHDOG") == "1"


class TestWatchdog:
    def test_it_is_fed_while_the_database_hangs(self, tmp_path: Path) -> None:
        """Requests that fail open are answered: a restart would mend nothing."""
        settings = {"REQUEST_DEADLINE": "0.2", "SOCKET": f"{tmp_path}/policy"}
        daemon = PrivateDaemon(tmp_path, settings)
        with ServiceManager(daemon, watchdog=2 * _BEAT) as manager:
            manager.start()
            daemon.addresses = [f"{tmp_path}/policy"]
            daemon.ask("")
            with write_lock(daemon):
                assert daemon.ask(SENDER) == "DUNNO"
                passed = "database unavailable, mail passes uncounted"
                manager.hear(lambda told: told.get("STATUS") == passed)
                for _ in range(3):
                    manager.hear(fed)

    def test_it_is_not_fed_when_the_loop_hangs(self, tmp_path: Path) -> None:
        """Then nobody is answered, not even by failing open."""
        daemon = PrivateDaemon(
            tmp_path,
            {"SOCKET": f"{tmp_path}/policy"},
            program=[sys.executable, "-c", _HANGS],
        )
        with ServiceManager(daemon, watchdog=2 * _BEAT) as manager:
            manager.start()
            for _ in range(3):
                manager.hear(fed)
            daemon.addresses = [f"{tmp_path}/policy"]
            with daemon.connect() as client:
                begin(client, "")
                client.send(request("hang@example.org"))
                manager.hear_no_more(fed, _FAR_TOO_LONG)
                manager.process.kill()
                manager.process.wait()
