"""The running daemon: its addresses, its connections, the order of its answers."""

from __future__ import annotations

import socket
import threading

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.daemons import (
    LOOPS,
    REFUSED,
    a_sender,
    has_ipv6,
    lines,
    rows,
    serving,
    set_quota,
    used,
    write_lock,
)
from tests.integration.rigs.daemon import PrivateDaemon, request, until


TCP, UNIX, OTHER_TCP, OTHER_UNIX, IPV6 = range(5)
IDLE_CONNECTIONS = 300


@pytest.fixture(scope="module", params=LOOPS)
def daemon(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateDaemon]:
    folder = tmp_path_factory.mktemp("daemon")
    addresses = ["127.0.0.1,0", f"{folder}/a", "127.0.0.2,0", f"{folder}/b"]
    addresses += ["[::1],0"] if has_ipv6() else []
    with serving(folder, request.param, SOCKET=" ".join(addresses)) as daemon:
        yield daemon


class TestAddresses:
    def test_all_answer_at_the_same_time(self, daemon: PrivateDaemon) -> None:
        """
        Every address in SOCKET is listened on, TCP and UNIX alike, and all
        count for the same senders.
        """
        sender = a_sender()
        with ExitStack() as opened:
            clients = [
                opened.enter_context(daemon.connect(number))
                for number in range(len(daemon.addresses))
            ]
            for client in clients:
                assert client.ask(sender) == "DUNNO"

        assert used(daemon, sender) == (len(clients), len(clients))

    @pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
    def test_ipv6_is_written_in_brackets(self, daemon: PrivateDaemon) -> None:
        """``[::1],port`` listens on ::1."""
        with daemon.connect(IPV6) as client:
            assert client.socket.family is socket.AF_INET6
            assert client.ask(a_sender()) == "DUNNO"


@pytest.mark.parametrize("address", [TCP, UNIX])
class TestConnections:
    def test_one_serves_many_messages(
        self, daemon: PrivateDaemon, address: int
    ) -> None:
        """
        A connection is kept open after a reply, for as long as the mail
        server likes.
        """
        sender = a_sender()
        with daemon.connect(address) as client:
            assert {client.ask(sender) for _ in range(100)} == {"DUNNO"}

        assert used(daemon, sender) == (100, 100)

    def test_idle_ones_are_kept(self, daemon: PrivateDaemon, address: int) -> None:
        """
        Postfix keeps a connection for each of its processes, mostly idle.
        None of 300 is refused or closed.
        """
        with ExitStack() as opened:
            clients = [
                opened.enter_context(daemon.connect(address))
                for _ in range(IDLE_CONNECTIONS)
            ]
            for _ in range(2):
                assert {client.ask("") for client in clients} == {"DUNNO"}

    def test_pipelined_requests_are_answered_in_order(
        self, daemon: PrivateDaemon, address: int
    ) -> None:
        """
        Several requests in one packet get their answers in their order,
        although some have to wait for the store and others do not.
        """
        passing, refused = a_sender(), a_sender()
        set_quota(daemon, refused, 0)
        actions = {passing: "DUNNO", refused: REFUSED, "": "DUNNO"}
        asked = [passing, "", refused, refused, "", "", passing, refused, ""] * 8
        with daemon.connect(address) as client:
            client.send(b"".join(map(request, asked)))
            answers = [client.reply() for _ in asked]

        assert answers == [actions[sender] for sender in asked]

    def test_a_long_pipeline_does_not_end_the_conversation(
        self, daemon: PrivateDaemon, address: int
    ) -> None:
        """
        A peer that sends more than the daemon reads ahead is read from again
        once it has its answers.
        """
        sender = a_sender()
        with daemon.connect(address) as client:
            for _ in range(2):
                client.send(request(sender, helo_name="x" * 2000) * 100)
                assert {client.reply() for _ in range(100)} == {"DUNNO"}

        assert used(daemon, sender) == (200, 200)

    def test_one_who_hangs_up_halfway_gets_all_answers(
        self, daemon: PrivateDaemon, address: int
    ) -> None:
        """
        A peer that has sent all its requests and says so, as ``nc -N`` does,
        still gets every answer; then the daemon hangs up too.
        """
        sender = a_sender()
        with daemon.connect(address) as client:
            client.send(request(sender) * 10)
            client.socket.shutdown(socket.SHUT_WR)
            assert {client.reply() for _ in range(10)} == {"DUNNO"}
            assert client.closed()

    def test_one_who_does_not_wait_is_charged(
        self, daemon: PrivateDaemon, address: int
    ) -> None:
        """A complete request counts, whether or not its answer is waited for."""
        sender = a_sender()
        with daemon.connect(address) as client:
            client.send(request(sender))

        until(lambda: used(daemon, sender) == (1, 1))


def test_one_who_reads_nothing_holds_up_nobody(daemon: PrivateDaemon) -> None:
    """
    A peer that asks without reading its answers is no longer served, while
    others are; it gets them all once it reads.
    """
    count, reply = 40_000, b"action=DUNNO\n\n"
    with daemon.connect(UNIX) as mute, daemon.connect(UNIX) as other:
        sending = threading.Thread(target=mute.send, args=(b"a\n\n" * count,))
        sending.start()
        # As many turns as the daemon needs to fill what is not read from.
        assert {other.ask("") for _ in range(count // 40)} == {"DUNNO"}
        with mute.socket.makefile("rb") as answers:
            assert answers.read(len(reply) * count) == reply * count
        sending.join()

        assert mute.ask(a_sender()) == "DUNNO"


def test_who_waits_for_the_store_holds_up_nobody(daemon: PrivateDaemon) -> None:
    """
    While a decision waits for the store, requests that need none are
    answered.
    """
    sender = a_sender()
    with daemon.connect() as waiting, daemon.connect() as other:
        with write_lock(daemon):
            waiting.send(request(sender))
            assert other.ask("") == "DUNNO"
            assert rows(daemon, "SELECT 1 FROM messages WHERE sender = ?", sender) == []
        assert waiting.reply() == "DUNNO"

    until(lambda: lines(daemon, f"sasl_username={sender}", "status=ACCEPTED"))
