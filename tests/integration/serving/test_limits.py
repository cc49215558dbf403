"""Where a peer's welcome ends: too long a request, half a request."""

from __future__ import annotations

import contextlib
import uuid

from collections.abc import Iterator

import pytest

from tests.integration.daemons import (
    LOOPS,
    REFUSED,
    a_sender,
    lines,
    serving,
    set_quota,
    used,
)
from tests.integration.rigs.daemon import (
    PrivateDaemon,
    request,
    until,
)


MOST = 65536
OVER = "over@example.org"


@pytest.fixture(scope="module", params=LOOPS)
def daemon(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateDaemon]:
    folder = tmp_path_factory.mktemp("daemon")
    with serving(folder, request.param) as daemon:
        set_quota(daemon, OVER, 0)
        yield daemon


class TestSizeLimit:
    def test_the_longest_request_is_answered(self, daemon: PrivateDaemon) -> None:
        """64 KiB, the empty line included, are no reason to let a sender pass."""
        empty = request(OVER, sender="")
        longest = request(OVER, sender="x" * (MOST - len(empty)))
        assert len(longest) == MOST
        with daemon.connect() as client:
            client.send(longest * 2)
            assert [client.reply(), client.reply()] == [REFUSED, REFUSED]

    @pytest.mark.parametrize("size", [MOST + 1, 10 * MOST])
    def test_more_costs_that_connection_and_no_other(
        self, daemon: PrivateDaemon, size: int
    ) -> None:
        """
        Who sends more than 64 KiB without an empty line is hung up on without
        a word; all others, also those in the midst of a request, go on. The
        log says once who it was and, escaped, what it sent.
        """
        marker = uuid.uuid4().hex
        other_request = request(OVER)
        with daemon.connect() as other, daemon.connect() as client:
            host, port = client.socket.getsockname()
            other.send(other_request[:20])
            with contextlib.suppress(ConnectionError):
                client.send(f"{marker}\r\x1b[31m".encode().ljust(size, b"x"))
            assert client.closed()
            other.send(other_request[20:])
            assert other.reply() == REFUSED

        until(lambda: lines(daemon, marker))
        (line,) = lines(daemon, marker)
        assert f"bad request from {host}:{port}: " in line
        assert rf"{marker}\r\x1b[31mxx" in line
        assert "\x1b" not in daemon.log()


class TestHangUp:
    def test_half_a_request_is_not_charged(self, daemon: PrivateDaemon) -> None:
        """
        A peer that leaves in the midst of a request is worth a line in the
        log; what it had sent completely before counts, the rest does not.
        """
        sender = a_sender()
        with daemon.connect() as client:
            host, port = client.socket.getsockname()
            assert client.ask(sender) == "DUNNO"
            client.send(request(sender)[:-1])

        until(lambda: lines(daemon, f"{host}:{port} hung up in the middle"))
        assert used(daemon, sender) == (1, 1)

    def test_leaving_between_requests_is_no_news(self, daemon: PrivateDaemon) -> None:
        """Mail servers come and go: nothing is logged about it."""
        with daemon.connect() as client:
            host, port = client.socket.getsockname()
            assert client.ask(OVER) == REFUSED
        with daemon.connect() as client:
            client.send(b"x")
            later = "{}:{} hung".format(*client.socket.getsockname())

        until(lambda: lines(daemon, later))
        assert lines(daemon, f" {host}:{port} hung") == []
