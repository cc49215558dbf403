"""
Where a daemon is watched, and by whom.
"""

from __future__ import annotations

import socket

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.daemons import has_ipv6
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.scraping import address, page, watched


ANNA = "anna@example.org"


class TestAddress:
    def test_may_be_ipv6(self, tmp_path: Path) -> None:
        """
        In brackets, as in the log.
        """
        if not has_ipv6():
            pytest.skip("this machine has no IPv6")
        with watched(tmp_path, "[::1]:0") as daemon:
            assert page(daemon, "/healthz") == (200, "ok\n")

    @pytest.mark.parametrize(
        ("host", "why"),
        [("127.0.0.1", "Address already in use"), ("192.0.2.1", "Cannot assign")],
    )
    def test_that_is_not_to_be_had_is_told(
        self, tmp_path: Path, host: str, why: str
    ) -> None:
        """
        In one line, and nothing is begun: it is a mistake in the settings.
        """
        with socket.create_server(("127.0.0.1", 0)) as other:
            where = f"{host}:{other.getsockname()[1]}"
            daemon = PrivateDaemon(tmp_path, {"METRICS_LISTEN": where})
            ended = daemon.run("serve")

        assert (ended.returncode, ended.stdout) == (1, "")
        (line,) = ended.stderr.splitlines()
        assert line.startswith(f"rateguard: METRICS_LISTEN: {where}: {why}")
        assert not (tmp_path / "rateguard.db").exists()
        assert "listening on" not in daemon.log()


class TestSlowClients:
    def test_hurt_no_mail(self, tmp_path: Path) -> None:
        """
        However many connect and say nothing: mail flows, and the daemon ends
        when it is told to.
        """
        with watched(tmp_path) as daemon, ExitStack() as crowd:
            for _ in range(30):
                slow = socket.create_connection(address(daemon), 10)
                crowd.enter_context(slow).sendall(b"GET /metrics HTTP/1.1\r\n")
            answers = [daemon.ask(ANNA) for _ in range(20)]

        assert ["DUNNO"] * 20 == answers
